/* hash_admission: decides which jobs may wait for a worker. */
#include "hash/admission.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "hash/hasher_internal.h"
#include "hash/slot.h"

enum {
	REFUSE_MS = 40,		/* that a refusal takes at most, while there are few */
	TICK_MS = 10,		/* refusals go out together, which disturbs workers less */
	SHARES = 4,		/* sources that fill all waiting places */
};

void
hash_admission_init(struct hash_admission *admission)
{
	*admission = (struct hash_admission){ .full = -1 };
}

/* Returns how long a job that comes now would wait until a worker begins it. */
static double
expected_wait_ms(const struct hasher *hasher)
{
	const struct hash_queue *queue = &hasher->queue;
	const long running = hash_worker_count_running(hasher);
	double queued_ms;

	if (running < hasher->division.workers && queue->first == NULL)
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

/* NULL is a source like any other. */
static bool
is_same_source(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Returns the present turn, or the one after that of the last job that the source has here. */
static uint64_t
next_turn(const struct hasher *hasher, const char *source)
{
	uint64_t turn = hasher->queue.turn;

	for (const struct hash_job *job = hasher->admission.jobs; job != NULL;
	     job = job->next_admitted)
		if (job->turn >= turn && is_same_source(job->source, source))
			turn = job->turn + 1;
	return turn;
}

static bool
has_share(const struct hasher *hasher, const char *source)
{
	const long places = hasher->config->hash_waiting;
	const long share = places >= SHARES ? places / SHARES : 1;
	long taken = 0;

	for (const struct hash_job *job = hasher->admission.jobs; job != NULL;
	     job = job->next_admitted)
		taken += is_same_source(job->source, source);
	return taken < share;
}

/* Returns the job that one with this turn may replace, or NULL. */
static struct hash_job *
find_later(const struct hasher *hasher, uint64_t turn)
{
	struct hash_job *last = hash_queue_last(&hasher->queue);

	return last != NULL && last->turn > turn ? last : NULL;
}

/* Makes sure that there is a place, if need be that of jobs that wait for a later turn. */
static bool
make_place(struct hasher *hasher, uint64_t turn)
{
	struct hash_job *later;

	while (!has_place(hasher)) {
		if ((later = find_later(hasher, turn)) == NULL)
			return false;
		hash_queue_drop(&hasher->queue, later, ERR_OVERLOADED);
		hash_admission_leave(hasher, later);
	}
	return true;
}

static bool
fits_into_memory(const struct hasher *hasher, const struct hash_job *job)
{
	if (hash_job_part(job, &hasher->division) <= HASH_DIVISION_WHOLE)
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
enum err
hash_admission_refuse(struct hasher *hasher)
{
	struct hash_admission *admission = &hasher->admission;
	const long ms = ++admission->refusals > REFUSE_MS ? admission->refusals : REFUSE_MS;
	const int64_t until = (clock_ms() + ms) / TICK_MS * TICK_MS;
	const struct timespec time = clock_timespec(until);

	(void)pthread_mutex_unlock(&hasher->mutex);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	(void)pthread_mutex_lock(&hasher->mutex);
	admission->refusals--;
	return ERR_OVERLOADED;
}

/* Refuses a hash; where that is because of the load, other processes can see it from now on. */
static enum err
refuse_hash(struct hasher *hasher)
{
	char path[PATH_MAX];

	if (hasher->admission.full < 0 && !has_place(hasher) &&
	    hash_slot_path(hasher->config->state_dir, path))
		hash_slot_mark_full(path, &hasher->admission.full);
	return hash_admission_refuse(hasher);
}

/* Whether the load is half of what is refused, so that the mark does not come and go. */
static bool
has_room_again(const struct hasher *hasher)
{
	const long taken = hasher->admission.places_taken;

	return taken == 0 || (taken <= hasher->config->hash_waiting / 2 &&
	    expected_wait_ms(hasher) <= (double)hasher->config->hash_wait / 2);
}

enum err
hash_admission_check(struct hasher *hasher, const char *source)
{
	const uint64_t turn = next_turn(hasher, source);

	if (has_share(hasher, source) && (has_place(hasher) || find_later(hasher, turn) != NULL))
		return ERR_OK;
	return refuse_hash(hasher);
}

enum err
hash_admission_enter(struct hasher *hasher, struct hash_job *job)
{
	struct hash_admission *admission = &hasher->admission;

	job->turn = next_turn(hasher, job->source);
	if (!fits_into_memory(hasher, job) || !has_share(hasher, job->source) ||
	    !make_place(hasher, job->turn))
		return refuse_hash(hasher);
	job->next_admitted = admission->jobs;
	admission->jobs = job;
	admission->places_taken++;
	return ERR_OK;
}

void
hash_admission_leave(struct hasher *hasher, struct hash_job *job)
{
	struct hash_job **at = &hasher->admission.jobs;

	while (*at != NULL && *at != job)
		at = &(*at)->next_admitted;
	if (*at == NULL)
		return;
	*at = job->next_admitted;
	hasher->admission.places_taken--;
	if (hasher->admission.full < 0 || !has_room_again(hasher))
		return;
	hash_slot_release(hasher->admission.full);
	hasher->admission.full = -1;
}
