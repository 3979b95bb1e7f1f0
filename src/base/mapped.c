/* mapped: reaches into a mapped file, though somebody may cut it short meanwhile. */
#include "base/mapped.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"

/* Where this thread goes on when there is nothing to reach; NULL: it does not expect that. */
static _Thread_local sigjmp_buf *volatile landing;

/* Comes in the thread that reached for it, and at no other moment. */
static void
on_bus_error(int number)
{
	if (landing != NULL)
		siglongjmp(*landing, 1);
	/* A defect: to return repeats what has failed, which then ends the process. */
	(void)signal(number, SIG_DFL);
}

enum err
mapped_init(void)
{
	/* The signal is not blocked meanwhile: nobody would unblock it after the jump. */
	struct sigaction action = { .sa_handler = on_bus_error, .sa_flags = SA_NODEFER };

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, NULL) == 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot handle SIGBUS", LOG_TEXT("reason", strerror(errno)));
	return ERR_INTERNAL;
}

bool
mapped_try(void (*work)(void *arg), void *arg)
{
	sigjmp_buf here;

	/* Without the mask, which takes a system call. */
	if (sigsetjmp(here, 0) != 0) {
		landing = NULL;
		return false;
	}
	landing = &here;
	work(arg);
	landing = NULL;
	return true;
}
