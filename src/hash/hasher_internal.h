/*
 * hasher_internal, internal to hash/: what the files of a hasher share.
 */
#ifndef BEARWARD_HASH_HASHER_INTERNAL_H
#define BEARWARD_HASH_HASHER_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "config/config.h"
#include "hash/admission.h"
#include "hash/division.h"
#include "hash/hasher.h"
#include "hash/queue.h"
#include "hash/scrypt_kernel.h"
#include "hash/speed.h"
#include "hash/width.h"
#include "hash/worker.h"

struct hasher {
	const struct config *config;		/* borrowed */
	const struct scrypt_kernel *kernel;	/* static; NULL: libscrypt */
	struct hash_division division;
	hasher_observe *observe;		/* NULL: nobody is told */
	void *observe_arg;			/* borrowed */

	pthread_mutex_t mutex;			/* guards all that follows */
	pthread_cond_t work;			/* the queue has jobs, or is_stopping is set */
	struct hash_queue queue;
	struct hash_admission admission;
	struct hash_speed speed;
	struct hash_width width;
	bool is_stopping;
	long started;				/* workers */
	struct hash_worker workers[];		/* room for division.workers */
};

#endif
