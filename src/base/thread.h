/*
 * thread: threads with a small stack that is unmapped when they end, and what they wait with.
 *
 * The C library keeps the stacks of ended threads for later ones. After a flood of requests, for
 * which hundreds of threads were started, those stacks would be most of what the process holds.
 */
#ifndef BEARWARD_BASE_THREAD_H
#define BEARWARD_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct thread {
	pthread_t id;
	void *stack;		/* owned */
};

/*
 * Starts a thread that runs work(arg); thread_join() must follow. Returns ERR_INTERNAL, logged,
 * when the system cannot start one.
 */
ERR_CHECKED enum err thread_start(struct thread *thread, void *(*work)(void *arg), void *arg);

/* Waits until the thread has ended, and unmaps its stack. */
void thread_join(struct thread *thread);

/*
 * Lowers the priority of the calling thread: it becomes a batch thread (SCHED_BATCH), and its nice
 * value is that of the process plus niceness.
 *
 * Returns true when the thread should also call sched_yield() about every millisecond. That is so
 * on Linux 6.12 and newer, where a thread that wakes up may have to wait a tick (up to 10 ms) for
 * this one, and a yield costs little. On Linux 6.6 to 6.11 the wait is the same, but a yield costs
 * the thread much of its time. Older kernels do not make other threads wait that long.
 */
bool thread_lower_priority(int niceness);

/* Waits until cond is signalled, or until about deadline, which is a moment of clock_ms(). */
void thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline);

#endif
