/*
 * hash_admission, internal to hash/: decides which jobs may wait for a worker.
 *
 * Each source, which is the network of a client, takes turns: its jobs wait for one another, and
 * not for all the jobs that other sources have brought before. So whoever brings one job waits for
 * at most one job of each other source (start-time fair queuing).
 *
 * A job is admitted when one of the waiting places is free and a worker is expected to begin it
 * in time. Where that is not so, it takes the place of a job that waits for a later turn,
 * which then is refused. No source holds more than a quarter of the places.
 * Everything else is refused without waiting for a worker, so a job that was admitted is served
 * whatever the load, unless others come that have had fewer turns. Refusals are delayed, and the
 * more of them there are, the longer: a client that retries at once must not take the processor
 * from the jobs that were admitted.
 *
 * All functions are called with the mutex of the hasher held. A refusal releases it for a while.
 */
#ifndef BEARWARD_HASH_ADMISSION_H
#define BEARWARD_HASH_ADMISSION_H

#include "base/err.h"

struct hash_job;
struct hasher;

struct hash_admission {
	struct hash_job *jobs;	/* that hold a waiting place, in no order */
	long places_taken;	/* of hash_waiting: their number */
	long refusals;		/* being delayed now */
	int full;		/* owned: mark of hash/slot.h while there is no room; or -1 */
};

/* Begins with no job. */
void hash_admission_init(struct hash_admission *admission);

/*
 * Tells whether a job of a source would be admitted now; nothing is reserved for it. Returns
 * ERR_OVERLOADED, after a delay, when it would not.
 */
ERR_CHECKED enum err hash_admission_check(struct hasher *hasher, const char *source);

/*
 * Admits a job, which gets its turn, and takes a waiting place until hash_admission_leave().
 * Returns ERR_OVERLOADED, after a delay, when it is refused: because of the load, or because one
 * of its lanes needs more memory than hashing may take (which is logged). It then takes no place.
 */
ERR_CHECKED enum err hash_admission_enter(struct hasher *hasher, struct hash_job *job);

/* Returns ERR_OVERLOADED, after the delay of a refusal. */
enum err hash_admission_refuse(struct hasher *hasher);

/* Frees the waiting place of a job that was admitted, if it still holds one. */
void hash_admission_leave(struct hasher *hasher, struct hash_job *job);

#endif
