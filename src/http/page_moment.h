/*
 * page_moment: a moment as a page tells it: as a date, or as how long ago it was.
 *
 * A page does not know the time zone of who reads it. It says the date in UTC, and its script says
 * it in that of the browser. Either is a value of a page that is a list of one item, which has the
 * values iso (for <time datetime>), said (a word) and what that word is made of: year, day, time,
 * count.
 */
#ifndef BEARWARD_HTTP_PAGE_MOMENT_H
#define BEARWARD_HTTP_PAGE_MOMENT_H

#include <stdint.h>

#include "config/pages.h"

struct page_moment {
	char iso[32], year[24], day[8], time[8], count[24];
	struct page_value values[8];
	const struct page_value *items[2];	/* the value's; borrows from values */
};

/* Fill in a moment, in seconds since 1970, which then must not be moved. */
void page_moment_date(struct page_moment *moment, int64_t at);
void page_moment_ago(struct page_moment *moment, int64_t at, int64_t now);

#endif
