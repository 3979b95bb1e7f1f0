/*
 * clock: the time that deadlines are made of.
 */
#ifndef BEARWARD_BASE_CLOCK_H
#define BEARWARD_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that only goes forward, whatever is done to the time of day. */
int64_t clock_ms(void);

#endif
