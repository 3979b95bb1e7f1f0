/* page_moment: a moment as a page tells it. */
#include "http/page_moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* Fills in all but what says it; false where the year is none that a date can have. */
static bool
fill(struct page_moment *moment, int64_t at, struct tm *tm)
{
	const time_t seconds = (time_t)at;

	*moment = (struct page_moment){0};
	if (gmtime_r(&seconds, tm) == NULL || tm->tm_year > 9999 - 1900)
		return false;
	strftime(moment->iso, sizeof(moment->iso), "%Y-%m-%dT%H:%M:%SZ", tm);
	return true;
}

static void
set(struct page_moment *moment, const char *word)
{
	const struct page_value values[] = {
		{ .name = "iso", .text = moment->iso }, { .name = "said", .word = word },
		{ .name = "year", .text = moment->year }, { .name = "day", .text = moment->day },
		{ .name = "time", .text = moment->time },
		{ .name = "count", .text = moment->count }, {0},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		moment->values[i] = values[i];
	moment->items[0] = moment->values;
}

void
page_moment_date(struct page_moment *moment, int64_t at)
{
	static const char *const words[] = {
		"date_1", "date_2", "date_3", "date_4", "date_5", "date_6",
		"date_7", "date_8", "date_9", "date_10", "date_11", "date_12",
	};
	struct tm tm;

	if (!fill(moment, at, &tm))
		return;
	snprintf(moment->year, sizeof(moment->year), "%d", tm.tm_year + 1900);
	snprintf(moment->day, sizeof(moment->day), "%d", tm.tm_mday);
	strftime(moment->time, sizeof(moment->time), "%H:%M", &tm);
	set(moment, words[tm.tm_mon]);
}

void
page_moment_ago(struct page_moment *moment, int64_t at, int64_t now)
{
	static const struct {
		int64_t seconds;	/* that the count counts; 0: no count */
		const char *one, *many;
	} spans[] = {
		{ DAY, "ago_day", "ago_days" }, { HOUR, "ago_hour", "ago_hours" },
		{ MINUTE, "ago_minute", "ago_minutes" },
	};
	const int64_t age = now - at;
	const char *word = "ago_moment";
	struct tm tm;

	if (!fill(moment, at, &tm))
		return;
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		const int64_t count = age / spans[i].seconds;

		if (count < 1)
			continue;
		snprintf(moment->count, sizeof(moment->count), "%" PRId64, count);
		word = count == 1 ? spans[i].one : spans[i].many;
		break;
	}
	set(moment, word);
}
