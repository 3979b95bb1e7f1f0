/* hash_admission: decides which jobs may wait for a worker. */
#include "hash/admission.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "hash/hasher_internal.h"

enum {
	REFUSE_MS = 40,		/* that a refusal takes at most, while there are few */
	TICK_MS = 10,		/* refusals go out together, which disturbs workers less */
};

/* Returns how long a job that comes now would wait until a worker begins it. */
static double
expected_wait_ms(const struct hasher *hasher)
{
	const struct hash_queue *queue = &hasher->queue;
	const long running = hash_worker_count_running(hasher);
	double queued_ms;

	if (running < hasher->slots && queue->first == NULL)
		return 0;
	queued_ms = hash_speed_expect(&hasher->speed, queue->cost, queue->work_jobs);
	return queued_ms / (double)(running > 0 ? running : 1) +
	    (double)hash_worker_ms_left(hasher);
}

static bool
has_place(const struct hasher *hasher)
{
	return hasher->admission.places_taken < hasher->config->hash_waiting &&
	    expected_wait_ms(hasher) <= (double)hasher->config->hash_wait;
}

static bool
fits_into_memory(const struct hasher *hasher, const struct hash_job *job)
{
	if (hash_job_slots(job, hasher->slot_memory) <= hasher->slots)
		return true;
	log_event(LEVEL_ERROR, "hash_memory is too small for a stored hash",
	    LOG_NUMBER("bytes", (long long)hash_job_lane_size(job)));
	return false;
}

/*
 * Refusing costs little, but a client that asks again as soon as it was refused would take the
 * processor from the jobs that were admitted. So at most 1000 refusals go out in a second, and up
 * to REFUSE_MS of them take no longer than REFUSE_MS.
 */
static enum err
refuse(struct hasher *hasher)
{
	struct hash_admission *admission = &hasher->admission;
	const long ms = ++admission->refusals > REFUSE_MS ? admission->refusals : REFUSE_MS;
	const int64_t until = (clock_ms() + ms) / TICK_MS * TICK_MS;
	const struct timespec time = {
		.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000,
	};

	(void)pthread_mutex_unlock(&hasher->mutex);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	(void)pthread_mutex_lock(&hasher->mutex);
	admission->refusals--;
	return ERR_OVERLOADED;
}

enum err
hash_admission_check(struct hasher *hasher)
{
	return has_place(hasher) ? ERR_OK : refuse(hasher);
}

enum err
hash_admission_enter(struct hasher *hasher, const struct hash_job *job)
{
	if (!fits_into_memory(hasher, job) || !has_place(hasher))
		return refuse(hasher);
	hasher->admission.places_taken++;
	return ERR_OK;
}

void
hash_admission_leave(struct hasher *hasher)
{
	hasher->admission.places_taken--;
}
