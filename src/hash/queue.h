/*
 * hasher_queue: the hashes that wait, longest first, and what a thread takes of them at once.
 *
 * A part of `hasher`, which guards all of it with its mutex.
 */
#ifndef BEARWARD_HASH_QUEUE_H
#define BEARWARD_HASH_QUEUE_H

#include <stdint.h>

#include "base/err.h"
#include "hash/job.h"
#include "hash/scrypt_kernel.h"

struct hash_queue {
	struct hash_job *first;		/* NULL: empty */
	struct hash_job **end;
	uint64_t cost;			/* N r of all lanes that are not begun */
	long work_jobs;			/* jobs that are no lanes */
};

/* What one worker works on at once: one job's work, or lanes of one N and r. */
struct hash_batch {
	struct hash_job *owner[SCRYPT_LANES_MAX];
	struct scrypt_lanes lanes;
	int count;
};

void hash_queue_init(struct hash_queue *queue);
void hash_queue_put(struct hash_queue *queue, struct hash_job *job);

/* Takes a job out of which nothing is begun, or everything. */
void hash_queue_remove(struct hash_queue *queue, struct hash_job *job);

/* Tells all who wait that nothing can be hashed. */
void hash_queue_fail(struct hash_queue *queue, enum err err);

/* How many lanes the first job and all that fits with it have left, at least 1. */
int hash_queue_count(const struct hash_queue *queue);

/* Fills batch with up to room lanes, at least 1: of the first job, and of what fits with it. */
void hash_queue_take(struct hash_queue *queue, int room, struct hash_batch *batch);

#endif
