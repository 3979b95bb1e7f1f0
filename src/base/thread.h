/*
 * thread: a thread with a small stack, which goes when it does.
 *
 * The C library would keep some pages of every stack for threads to come. Where hundreds are there
 * for the minute of a flood, that is most of what the process keeps of it. And how a thread makes
 * room for others, who are in more of a hurry.
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

/* Starts work(arg). thread_join() must follow. ERR_INTERNAL, logged: there is no such thread. */
ERR_CHECKED enum err thread_start(struct thread *thread, void *(*work)(void *arg), void *arg);

/*
 * Makes the calling thread a background one, so much nicer than the process is. Whether it should
 * also sched_yield() every millisecond: where that costs little, on Linux 6.12 and newer. From 6.6
 * to 6.11 it costs much, and who wakes up waits for a tick; before, nobody waits that long.
 */
bool thread_lower_priority(int niceness);

/* Waits until cond is signalled, or until about deadline, a moment of clock_ms(). */
void thread_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline);

/* Waits for its end. */
void thread_join(struct thread *thread);

#endif
