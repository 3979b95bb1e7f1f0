/* deadline: ends a test program that hangs. It is linked into each of them. */
#include "deadline.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { DEADLINE = 600 };	/* seconds: more than any takes under valgrind, beside others */

/* Not by alarm(): a test may set that clock, and its signal, for itself. */
__attribute__((constructor)) void
deadline_set(void)
{
	struct sigevent ending = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM };
	const struct itimerspec once = { .it_value.tv_sec = DEADLINE };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &ending, &timer) != 0 ||
	    timer_settime(timer, 0, &once, NULL) != 0)
		abort();
}
