/*
 * clock: a clock for deadlines, and pauses.
 */
#ifndef BEARWARD_BASE_CLOCK_H
#define BEARWARD_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Returns milliseconds of a clock that only goes forward, even when the system time is changed. */
int64_t clock_ms(void);

/*
 * Returns the same, up to 10 milliseconds late, but the same for all processes of a host: it takes
 * the time of the last tick, and no system call anywhere.
 */
int64_t clock_coarse_ms(void);

/* Returns milliseconds, of which there are some or none, in the form that system calls take. */
struct timespec clock_timespec(int64_t ms);

/* Waits so many milliseconds, or until a signal. */
void clock_sleep(int64_t ms);

#endif
