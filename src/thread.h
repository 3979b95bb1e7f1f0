/*
 * thread: a thread with a small stack, which goes when it does.
 *
 * The C library would keep some pages of every stack for threads to come. Where hundreds are there
 * for the minute of a flood, that is most of what the process keeps of it.
 */
#ifndef BEARWARD_THREAD_H
#define BEARWARD_THREAD_H

#include <pthread.h>

#include "err.h"

struct thread {
	pthread_t id;
	void *stack;		/* owned */
};

/* Starts work(arg). thread_join() must follow. ERR_INTERNAL, logged: there is no such thread. */
ERR_CHECKED enum err thread_start(struct thread *thread, void *(*work)(void *arg), void *arg);

/*
 * Makes the calling thread a background one, for work that lasts: whoever checks tokens or answers
 * comes first. It should sched_yield() now and then, and loses little by that.
 */
void thread_stand_back(int niceness);	/* more than the process has */

/* Waits for its end. */
void thread_join(struct thread *thread);

#endif
