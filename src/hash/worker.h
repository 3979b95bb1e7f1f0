/*
 * hash_worker, internal to hash/: one of the threads that hash.
 *
 * A worker takes jobs from the queue of its hasher as long as it holds slots of the host
 * (`hash_slot`) and memory (`hash_arena`). It keeps both for a while after the last job, because
 * more jobs may come.
 */
#ifndef BEARWARD_HASH_WORKER_H
#define BEARWARD_HASH_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/thread.h"
#include "hash/arena.h"
#include "hash/queue.h"

struct hasher;

struct hash_worker {
	struct thread thread;
	struct hasher *hasher;		/* borrowed */
	bool is_running;		/* works on a batch */
	int64_t ends_at;		/* when the batch should be done, by clock_ms() */
	bool yields;			/* see thread_lower_priority() */
	int slot;			/* the file that locks its slots; -1: it holds none */
	long part;			/* of the slots, that it holds; see hash/division.h */
	int64_t slot_since;		/* by clock_ms() */
	struct hash_arena arena;
	struct hash_batch batch;
	bool is_warm;			/* the batch used memory that was used before */
};

/*
 * Starts a worker at a lower priority than the rest of the process. It ends when the hasher is
 * stopping and the queue is empty; hash_worker_join() must follow. Returns ERR_INTERNAL, logged,
 * when the system has no thread for it.
 */
ERR_CHECKED enum err hash_worker_start(struct hash_worker *worker, struct hasher *hasher);

/* Waits until the worker has ended; the mutex of the hasher must not be held. */
void hash_worker_join(struct hash_worker *worker);

/* Returns how many workers of the hasher are working on a batch; the mutex is held. */
long hash_worker_count_running(const struct hasher *hasher);

/*
 * Returns how many milliseconds it should take until the first of the running workers is done; 0
 * when none is running, or one is late. The mutex is held.
 */
int64_t hash_worker_ms_left(const struct hasher *hasher);

#endif
