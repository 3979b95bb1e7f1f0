/*
 * hasher_internal, internal to hash/: what the files of a hasher share.
 */
#ifndef BEARWARD_HASH_HASHER_INTERNAL_H
#define BEARWARD_HASH_HASHER_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "hash/admission.h"
#include "hash/hasher.h"
#include "hash/queue.h"
#include "hash/scrypt_kernel.h"
#include "hash/speed.h"
#include "hash/worker.h"

struct hasher {
	const struct config *config;		/* borrowed */
	const struct scrypt_kernel *kernel;	/* static; NULL: libscrypt */
	long slots;				/* on this host; also the most workers here */
	size_t slot_memory;			/* bytes of memory that a slot stands for */

	pthread_mutex_t mutex;			/* guards all that follows */
	pthread_cond_t work;			/* the queue has jobs, or is_stopping is set */
	struct hash_queue queue;
	struct hash_admission admission;
	struct hash_speed speed;
	bool is_stopping;
	long started;				/* workers */
	struct hash_worker workers[];		/* room for as many as there are slots */
};

#endif
