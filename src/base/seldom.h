/*
 * seldom: lets something be logged once in a while, where others decide how often it happens.
 */
#ifndef BEARWARD_BASE_SELDOM_H
#define BEARWARD_BASE_SELDOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SELDOM_MS = 10000 };

/* All zero at first; any thread may use it. */
struct seldom {
	_Atomic int64_t next_at;	/* of clock_ms() */
	atomic_long passed_over;
};

/*
 * Tells, at a moment of clock_ms(), whether SELDOM_MS have gone by since it last said so. Sets
 * *passed_over to how often it said no in between.
 */
bool seldom_may(struct seldom *seldom, int64_t now, long *passed_over);

#endif
