/*
 * clock: a clock for deadlines.
 */
#ifndef BEARWARD_BASE_CLOCK_H
#define BEARWARD_BASE_CLOCK_H

#include <stdint.h>

/* Returns milliseconds of a clock that only goes forward, even when the system time is changed. */
int64_t clock_ms(void);

#endif
