/*
 * hash_worker: one of the threads of a hasher, and what they share.
 *
 * A part of `hasher`. A thread works while it holds slots of the host (`hash_slot`) and memory
 * (`hash_arena`); both stay warm with it for a while, in case more comes.
 */
#ifndef BEARWARD_HASH_WORKER_H
#define BEARWARD_HASH_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/thread.h"
#include "config/config.h"
#include "hash/arena.h"
#include "hash/queue.h"

struct hash_worker {
	struct thread thread;
	struct hasher *hasher;		/* borrowed */
	bool is_running;		/* a batch, until about ends_at (of clock_ms()) */
	int64_t ends_at;
	bool yields;			/* see thread_lower_priority() */
	int slot;			/* -1: none */
	long slots;			/* how many that is */
	int64_t slot_since;
	struct hash_arena arena;
	struct hash_batch batch;
};

struct hasher {
	const struct config *config;		/* borrowed */
	const struct scrypt_kernel *kernel;	/* static; NULL: libscrypt */
	long slots;				/* on this host, and threads here at most */
	size_t slot_memory;			/* bytes of memory a slot stands for */

	pthread_mutex_t mutex;			/* over all that follows */
	pthread_cond_t work;			/* there is some, or it is time to go */
	struct hash_queue queue;
	long jobs;				/* let in and not yet answered */
	long refused;				/* and not yet told so */
	double lane_rate;			/* N r a ms and thread, lately; 0: not known */
	double work_ms;				/* of one that is no lanes */
	bool is_stopping;
	long started;
	struct hash_worker workers[];		/* room for slots of them */
};

/* How long what is in the queue takes one thread, lanes full; 0 while that is not known. */
double hasher_expected_ms(const struct hasher *hasher);

/* Threads that are at work on a batch. */
long hash_worker_count_running(const struct hasher *hasher);

/*
 * Starts the next thread; logged when there is none to be had. With the mutex held, as for all of
 * these.
 */
void hash_worker_start(struct hasher *hasher);

#endif
