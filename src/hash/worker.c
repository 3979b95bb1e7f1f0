/* hash_worker: one of the threads of a hasher, and what they share. */
#include "hash/worker.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "hash/slot.h"

enum {
	NICENESS = 2,		/* more than the process */
	SLOT_WAIT_MS = 50,	/* at a time: then it is seen whether anyone still waits */
	GIVE_WAY_MS = 10,	/* long enough for the other process to take the slot */
	KEEP_MS = 500,		/* a slot is kept from others while there is work */
	LOOK_MS = 5,		/* how often a warm thread looks whether others want its slot */
};

double
hasher_expected_ms(const struct hasher *hasher)
{
	const struct hash_queue *queue = &hasher->queue;
	const double lanes = hasher->lane_rate <= 0 ? 0 :
	    (double)queue->cost / hasher->lane_rate;

	return lanes + (double)queue->works * hasher->work_ms;
}

long
hasher_count_running(const struct hasher *hasher)
{
	long running = 0;

	for (long i = 0; i < hasher->started; i++)
		running += hasher->threads[i].is_running;
	return running;
}

static void
give_back(struct hash_worker *thread)
{
	hash_arena_give_back(&thread->arena);
	hash_slot_release(thread->slot);
	thread->slot = -1;
	thread->slots = 0;
}

static enum err
take_slot(struct hash_worker *thread, long count)
{
	const struct config *config = thread->hasher->config;
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/hash.slots", config->state_dir);
	enum err err;

	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_STORAGE;
	err = hash_slot_acquire(path, thread->hasher->slots, count, SLOT_WAIT_MS, &thread->slot);
	if (err == ERR_OK)
		thread->slots = count;
	thread->slot_since = clock_ms();
	return err;
}

/* Does something that takes a while without holding others up. */
static void
unlocked(struct hash_worker *thread, void (*act)(struct hash_worker *thread))
{
	(void)pthread_mutex_unlock(&thread->hasher->mutex);
	act(thread);
	(void)pthread_mutex_lock(&thread->hasher->mutex);
}

static void
wipe(struct hash_worker *thread)
{
	hash_arena_wipe(&thread->arena);
}

/*
 * Until there is work. Secrets go as soon as there is none; slot and memory are kept warm for a
 * while.
 */
static void
rest(struct hash_worker *thread)
{
	struct hasher *hasher = thread->hasher;
	const int64_t until = clock_ms() + hasher->config->hash_memory_idle;

	while (hasher->queue.first == NULL && !hasher->is_stopping) {
		if (thread->slot < 0) {
			(void)pthread_cond_wait(&hasher->work, &hasher->mutex);
			continue;
		}
		thread_wait_until(&hasher->work, &hasher->mutex, clock_ms() + LOOK_MS);
		if (hasher->queue.first != NULL)
			break;
		if (thread->arena.used > 0)
			unlocked(thread, wipe);
		else if (clock_ms() >= until || hash_slot_is_wanted(thread->slot))
			unlocked(thread, give_back);
	}
}

/* Whether the thread holds what the first job takes, or as much as it may just now. */
static bool
has_slot(struct hash_worker *thread)
{
	struct hasher *hasher = thread->hasher;
	const long count = hash_job_slots(hasher->queue.first, hasher->share);
	enum err err;

	if (thread->slots == count && (clock_ms() - thread->slot_since < KEEP_MS ||
	    !hash_slot_is_wanted(thread->slot)))
		return true;

	(void)pthread_mutex_unlock(&hasher->mutex);
	if (thread->slots > 0) {
		const struct timespec pause = { .tv_nsec = GIVE_WAY_MS * 1000000 };

		give_back(thread);
		(void)nanosleep(&pause, NULL);
	}
	err = take_slot(thread, count);
	(void)pthread_mutex_lock(&hasher->mutex);
	if (err == ERR_STORAGE)
		hash_queue_fail(&hasher->queue, err);
	return false;	/* the queue may be another by now */
}

/* true with the mutex held and a job at the head of the queue; false: it is time to go. */
static bool
wait_for_work(struct hash_worker *thread)
{
	struct hasher *hasher = thread->hasher;

	for (;;) {
		rest(thread);
		if (hasher->queue.first == NULL)
			return false;
		if (has_slot(thread))
			return true;
	}
}

static enum err
run_lanes(struct hash_worker *thread)
{
	struct hasher *hasher = thread->hasher;
	struct hash_batch *batch = &thread->batch;
	const struct hash_job *job = batch->owner[0];
	const size_t size = hash_job_lane_size(job), tables = (size_t)batch->count * size;
	const size_t scratch = scrypt_kernel_scratch(hasher->kernel, job->r);
	enum err err;

	err = hash_arena_reserve(&thread->arena, tables + scratch,
	    (size_t)thread->slots * hasher->share + scratch);
	if (err != ERR_OK)
		return err;
	batch->lanes.n = job->n;
	batch->lanes.r = job->r;
	batch->lanes.scratch = thread->arena.data + tables;
	batch->lanes.yields = thread->yields;
	for (int i = 0; i < batch->count; i++)
		batch->lanes.table[i] = thread->arena.data + (size_t)i * size;
	scrypt_kernel_run(hasher->kernel, &batch->lanes, batch->count);
	return ERR_OK;
}

/* The last measurements count most. */
static double
blend(double known, double measured)
{
	return known <= 0 ? measured : known * 0.75 + measured * 0.25;
}

static void
measure(struct hasher *hasher, const struct hash_batch *batch, double ms)
{
	const struct hash_job *job = batch->owner[0];

	if (job->work != NULL)
		hasher->work_ms = blend(hasher->work_ms, ms);
	else if (ms > 0)
		hasher->lane_rate = blend(hasher->lane_rate,
		    batch->count * (double)job->n * (double)job->r / ms);
}

static double
precise_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static double
expected_batch_ms(const struct hasher *hasher, const struct hash_batch *batch)
{
	const struct hash_job *job = batch->owner[0];

	if (job->work != NULL)
		return hasher->work_ms;
	return hasher->lane_rate <= 0 ? 0 :
	    batch->count * (double)job->n * (double)job->r / hasher->lane_rate;
}

/*
 * Lanes to take: an equal part of those that fit together, for all threads that are idle; and no
 * more than fit into the kernel and the memory.
 */
static int
room_for(const struct hash_worker *thread)
{
	const struct hasher *hasher = thread->hasher;
	const struct hash_job *first = hasher->queue.first;
	const long idle = hasher->started - hasher_count_running(hasher);
	const long part = (hash_queue_count(&hasher->queue) + idle - 1) / idle;
	long room;

	if (first->work != NULL)
		return 1;
	room = (long)((size_t)thread->slots * hasher->share / hash_job_lane_size(first));
	if (room > scrypt_kernel_lanes(hasher->kernel))
		room = scrypt_kernel_lanes(hasher->kernel);
	return (int)(part < room ? part : room);
}

/* Works on what waits, with the mutex held before and after. */
static void
run_batch(struct hash_worker *thread)
{
	struct hasher *hasher = thread->hasher;
	struct hash_batch *batch = &thread->batch;
	const double begin = precise_ms();
	struct hash_job *job;
	enum err err;

	hash_queue_take(&hasher->queue, room_for(thread), batch);
	job = batch->owner[0];
	thread->is_running = true;
	thread->ends_at = clock_ms() + (int64_t)expected_batch_ms(hasher, batch);
	(void)pthread_mutex_unlock(&hasher->mutex);

	err = job->work != NULL ? job->work(job->arg) : run_lanes(thread);

	(void)pthread_mutex_lock(&hasher->mutex);
	thread->is_running = false;
	if (err == ERR_OK || job->work != NULL)
		measure(hasher, batch, precise_ms() - begin);
	for (int i = 0; i < batch->count; i++)
		hash_job_finish(batch->owner[i], err);
}

static void *
hash(void *arg)
{
	struct hash_worker *thread = arg;
	struct hasher *hasher = thread->hasher;

	thread->yields = thread_lower_priority(NICENESS);
	(void)pthread_mutex_lock(&hasher->mutex);
	while (wait_for_work(thread))
		run_batch(thread);
	(void)pthread_mutex_unlock(&hasher->mutex);
	give_back(thread);
	return NULL;
}

/* One more thread, where there may be one; if it does not come, the others must do. */
void
hasher_start_thread(struct hasher *hasher)
{
	struct hash_worker *thread = &hasher->threads[hasher->started];
	sigset_t all, before;
	enum err err;

	*thread = (struct hash_worker){ .hasher = hasher, .slot = -1 };
	/* Signals are for whoever waits for them, never for a hash. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = thread_start(&thread->thread, hash, thread);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err == ERR_OK)
		hasher->started++;
}
