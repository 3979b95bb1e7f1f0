/* thread: threads with a small stack that is unmapped when they end. */
#include "base/thread.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#ifdef __SANITIZE_THREAD__
enum { STACK_SIZE = 2 << 20 };	/* the sanitizer takes most of a MiB of each for itself */
#else
enum { STACK_SIZE = 256 * 1024 };
#endif

/* Maps a stack with a guard page below it. Returns NULL with errno on failure. */
static void *
map_stack(void)
{
	void *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);

	if (stack == MAP_FAILED)
		return NULL;
	if (mprotect(stack, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE) == 0)
		return stack;
	(void)munmap(stack, STACK_SIZE);
	return NULL;
}

enum err
thread_start(struct thread *thread, void *(*work)(void *arg), void *arg)
{
	pthread_attr_t attr;
	int failure;

	failure = (thread->stack = map_stack()) == NULL ? errno : 0;
	if (failure == 0) {
		(void)pthread_attr_init(&attr);
		(void)pthread_attr_setstack(&attr, thread->stack, STACK_SIZE);
		failure = pthread_create(&thread->id, &attr, work, arg);
		(void)pthread_attr_destroy(&attr);
	}
	if (failure == 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot start a thread", LOG_TEXT("reason", strerror(failure)));
	if (thread->stack != NULL)
		(void)munmap(thread->stack, STACK_SIZE);
	return ERR_INTERNAL;
}

void
thread_join(struct thread *thread)
{
	(void)pthread_join(thread->id, NULL);
	(void)munmap(thread->stack, STACK_SIZE);
}

/* Nanoseconds; the least there may be, because a yield gives up the rest of the slice. */
enum { SLICE = 100000 };

/* struct sched_attr of sched_setattr(2), which Debian 12's C library does not know. */
struct scheduling {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;	/* the slice, since Linux 6.12; ignored before */
	uint64_t deadline;
	uint64_t period;
};

bool
thread_lower_priority(int niceness)
{
	struct scheduling scheduling = {
		.size = sizeof(scheduling), .policy = SCHED_BATCH,
		.nice = getpriority(PRIO_PROCESS, 0) + niceness, .runtime = SLICE,
	};

	if (syscall(SYS_sched_setattr, 0, &scheduling, 0) != 0) {
		(void)setpriority(PRIO_PROCESS, 0, scheduling.nice);	/* Linux: the thread's */
		return false;
	}
	scheduling.runtime = 0;
	return syscall(SYS_sched_getattr, 0, &scheduling, sizeof(scheduling), 0) == 0 &&
	    scheduling.runtime == SLICE;
}

void
thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline)
{
	const struct timespec until = clock_timespec(deadline);

	(void)pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, &until);
}
