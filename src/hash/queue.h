/*
 * hash_queue, internal to hash/: the jobs that wait for a worker, by their turns.
 *
 * A worker takes a batch: the first job, and lanes of others that can be computed with it. The
 * mutex of the hasher guards the queue.
 */
#ifndef BEARWARD_HASH_QUEUE_H
#define BEARWARD_HASH_QUEUE_H

#include <stdint.h>

#include "base/err.h"
#include "hash/job.h"
#include "hash/scrypt_kernel.h"

struct hash_queue {
	struct hash_job *first;		/* NULL: the queue is empty */
	uint64_t turn;			/* of the job that was begun last */
	uint64_t cost;			/* N r of all lanes that are not begun */
	long work_jobs;			/* jobs with a work function */
};

/* What a worker computes at once: one job with a work function, or lanes of one N and r. */
struct hash_batch {
	struct hash_job *owner[SCRYPT_LANES_MAX];	/* the job of each lane */
	struct scrypt_lanes lanes;
	int count;
};

/* Makes the queue empty. */
void hash_queue_init(struct hash_queue *queue);

/*
 * Puts a job behind all that have its turn or an earlier one; it is borrowed until it is done or
 * removed.
 */
void hash_queue_put(struct hash_queue *queue, struct hash_job *job);

/* Returns the last job of which no lane is begun, or NULL. */
struct hash_job *hash_queue_last(const struct hash_queue *queue);

/* Removes a job of which no lane is begun, or all of them. */
void hash_queue_remove(struct hash_queue *queue, struct hash_job *job);

/* Removes a job, and ends its lanes that are not begun with err. */
void hash_queue_drop(struct hash_queue *queue, struct hash_job *job, enum err err);

/* Drops all jobs. */
void hash_queue_fail(struct hash_queue *queue, enum err err);

/*
 * Returns how many lanes could be taken into one batch if it had room for all; the queue is not
 * empty.
 */
int hash_queue_count(const struct hash_queue *queue);

/*
 * Fills batch with up to room lanes of the first job and of the jobs that can be computed with it;
 * room is at least 1. Jobs of which all lanes are begun leave the queue.
 */
void hash_queue_take(struct hash_queue *queue, int room, struct hash_batch *batch);

#endif
