/* clock: a clock for deadlines, and pauses. */
#include "base/clock.h"

#include <time.h>

int64_t
clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);	/* cannot fail on Linux */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_coarse_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);	/* cannot fail on Linux */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct timespec
clock_timespec(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
}

void
clock_sleep(int64_t ms)
{
	const struct timespec pause = clock_timespec(ms);

	(void)nanosleep(&pause, NULL);
}
