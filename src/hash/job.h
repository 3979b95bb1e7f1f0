/*
 * hash_job, internal to hash/: one hash that a request waits for.
 *
 * Most jobs are a number of lanes for the kernel, which several workers may share. A job with a
 * work function is done by one worker, in one call.
 */
#ifndef BEARWARD_HASH_JOB_H
#define BEARWARD_HASH_JOB_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "hash/division.h"

/* Lies on the stack of the request thread; the mutex of the hasher guards what changes. */
struct hash_job {
	struct hash_job *next;		/* in the queue */
	const char *source;		/* borrowed: whose job it is; see admission.h */
	uint64_t turn;			/* jobs of an earlier turn come before it */
	struct hash_job *next_admitted;	/* among the jobs that hold a waiting place */
	enum err (*work)(void *arg);	/* NULL: lanes for the kernel */
	void *arg;
	size_t work_memory;		/* bytes that the work allocates */
	uint32_t n;
	size_t r;
	unsigned char *blocks;		/* borrowed, secret: 128 r bytes a lane */
	int lanes;			/* 1 for a job with a work function */
	int begun;			/* lanes; the job leaves the queue with the last one */
	int64_t begun_at;		/* of clock_ms(), for the first of them; 0: none is */
	int done;			/* lanes */
	enum err err;			/* valid once all lanes are done */
	pthread_cond_t changed;		/* signalled when the last lane is done */
};

/* Returns how many bytes of memory a worker needs for each lane of the job, or for its work. */
size_t hash_job_lane_size(const struct hash_job *job);

/* Returns which part of the slots a worker needs for that; see hash/division.h. */
long hash_job_part(const struct hash_job *job, const struct hash_division *division);

/* Returns what so many lanes of the job cost, as N r a lane; 0 for a job with a work function. */
uint64_t hash_job_cost(const struct hash_job *job, int lanes);

/* Notes that one lane is done, and wakes the request thread when it was the last one. */
void hash_job_finish(struct hash_job *job, enum err err);

#endif
