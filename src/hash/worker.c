/* hash_worker: one of the threads that hash. */
#include "hash/worker.h"

#include <limits.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "hash/hasher_internal.h"
#include "hash/slot.h"

enum {
	NICENESS = 2,		/* more than the process */
	SLOT_WAIT_MS = 50,	/* at a time; jobs may have given up meanwhile */
	GIVE_WAY_MS = 10,	/* enough for another process to take the slot */
	KEEP_MS = 500,		/* for which a busy worker keeps a slot others want */
	LOOK_MS = 5,		/* between two looks of an idle worker at its slot */
};

static void
release(struct hash_worker *worker)
{
	hash_arena_release(&worker->arena);
	hash_slot_release(worker->slot);
	worker->slot = -1;
	worker->part = 0;
}

static enum err
take_slot(struct hash_worker *worker, long part)
{
	char path[PATH_MAX];
	enum err err;

	if (!hash_slot_path(worker->hasher->config->state_dir, path))
		return ERR_STORAGE;
	err = hash_slot_acquire(path, HASH_DIVISION_WHOLE, part, SLOT_WAIT_MS, &worker->slot);
	if (err == ERR_OK)
		worker->part = part;
	worker->slot_since = clock_ms();
	return err;
}

/* Does something slow without the mutex, so that other threads need not wait. */
static void
unlocked(struct hash_worker *worker, void (*act)(struct hash_worker *worker))
{
	(void)pthread_mutex_unlock(&worker->hasher->mutex);
	act(worker);
	(void)pthread_mutex_lock(&worker->hasher->mutex);
}

static void
wipe(struct hash_worker *worker)
{
	hash_arena_wipe(&worker->arena);
}

/*
 * Waits until the queue has a job, or the hasher is stopping. Wipes the memory at once; keeps slot
 * and memory until another process wants the slot, at most for hash_memory_idle.
 */
static void
wait_idle(struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;
	const int64_t until = clock_ms() + hasher->config->hash_memory_idle;

	while (hasher->queue.first == NULL && !hasher->is_stopping) {
		if (worker->slot < 0) {
			(void)pthread_cond_wait(&hasher->work, &hasher->mutex);
			continue;
		}
		thread_wait_until(&hasher->work, &hasher->mutex, clock_ms() + LOOK_MS);
		if (hasher->queue.first != NULL)
			break;
		if (worker->arena.used > 0)
			unlocked(worker, wipe);
		else if (clock_ms() >= until || hash_slot_is_wanted(worker->slot))
			unlocked(worker, release);
	}
}

/*
 * Returns true when the worker holds the part of the slots that the first job needs, and need not
 * release it for another process. Otherwise releases what it holds, tries to acquire that part and
 * returns false: the queue may have changed meanwhile.
 */
static bool
hold_slots(struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;
	const long part = hash_job_part(hasher->queue.first, &hasher->division);
	enum err err;

	if (worker->part == part && (clock_ms() - worker->slot_since < KEEP_MS ||
	    !hash_slot_is_wanted(worker->slot)))
		return true;

	(void)pthread_mutex_unlock(&hasher->mutex);
	if (worker->part > 0) {
		const struct timespec pause = { .tv_nsec = GIVE_WAY_MS * 1000000 };

		release(worker);
		(void)nanosleep(&pause, NULL);
	}
	err = take_slot(worker, part);
	(void)pthread_mutex_lock(&hasher->mutex);
	if (err == ERR_STORAGE)
		hash_queue_fail(&hasher->queue, err);
	return false;
}

/* Waits for a job and the slots for it. Returns false when the hasher is stopping. */
static bool
wait_for_work(struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;

	for (;;) {
		wait_idle(worker);
		if (hasher->queue.first == NULL)
			return false;
		if (hold_slots(worker))
			return true;
	}
}

static enum err
run_lanes(struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;
	struct hash_batch *batch = &worker->batch;
	const struct hash_job *job = batch->owner[0];
	const size_t size = hash_job_lane_size(job) + SCRYPT_TABLE_GAP;
	const size_t tables = (size_t)batch->count * size;
	const size_t scratch = scrypt_kernel_scratch(hasher->kernel, job->r);
	enum err err;

	worker->is_warm = worker->arena.used >= tables + scratch;
	err = hash_arena_reserve(&worker->arena, tables + scratch,
	    hash_division_memory(&hasher->division, worker->part) + scratch +
	    (size_t)SCRYPT_LANES_MAX * SCRYPT_TABLE_GAP);
	if (err != ERR_OK)
		return err;
	batch->lanes.n = job->n;
	batch->lanes.r = job->r;
	batch->lanes.scratch = worker->arena.data + tables;
	batch->lanes.yields = worker->yields;
	for (int i = 0; i < batch->count; i++)
		batch->lanes.table[i] = worker->arena.data + (size_t)i * size;
	scrypt_kernel_run(hasher->kernel, &batch->lanes, batch->count);
	return ERR_OK;
}

/* What the worker keeps for lanes makes room for what the work allocates. */
static enum err
run_work(struct hash_worker *worker)
{
	const struct hash_job *job = worker->batch.owner[0];

	if (job->work_memory > 0)
		hash_arena_release(&worker->arena);
	return job->work(job->arg);
}

static double
precise_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/*
 * Returns how many lanes to take: all idle workers share those that can be computed together, and
 * a worker takes no more than fit into the kernel and its memory, and than are worth it.
 */
static int
lanes_to_take(const struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;
	const struct hash_job *first = hasher->queue.first;
	const long idle = hasher->started - hash_worker_count_running(hasher);
	const long waiting = hash_queue_count(&hasher->queue), part = (waiting + idle - 1) / idle;
	long room;

	if (first->work != NULL)
		return 1;
	room = (long)(hash_division_memory(&hasher->division, worker->part) /
	    hash_job_lane_size(first));
	if (room > scrypt_kernel_lanes(hasher->kernel))
		room = scrypt_kernel_lanes(hasher->kernel);
	return hash_width_choose(&hasher->width, hasher->kernel, (int)(part < room ? part : room),
	    waiting);
}

/* Notes how long a batch took; new memory takes longer, and tells nothing of a width. */
static void
measure(struct hash_worker *worker, uint64_t cost, double ms)
{
	struct hasher *hasher = worker->hasher;

	hash_speed_measure(&hasher->speed, cost, ms);
	if (cost > 0 && worker->is_warm)
		hash_width_measure(&hasher->width, worker->batch.count, cost, ms);
}

/* Takes a batch from the queue and works on it; the mutex is held before and after. */
static void
run_batch(struct hash_worker *worker)
{
	struct hasher *hasher = worker->hasher;
	struct hash_batch *batch = &worker->batch;
	const double begin = precise_ms();
	const int64_t now = clock_ms();
	struct hash_job *job;
	uint64_t cost;
	enum err err;

	hash_queue_take(&hasher->queue, lanes_to_take(worker), batch);
	job = batch->owner[0];
	cost = hash_job_cost(job, batch->count);
	worker->is_running = true;
	for (int i = 0; i < batch->count; i++)
		if (batch->owner[i]->begun_at == 0)
			batch->owner[i]->begun_at = now;
	worker->ends_at = now +
	    (int64_t)hash_speed_expect(&hasher->speed, cost, job->work != NULL);
	(void)pthread_mutex_unlock(&hasher->mutex);

	err = job->work != NULL ? run_work(worker) : run_lanes(worker);

	(void)pthread_mutex_lock(&hasher->mutex);
	worker->is_running = false;
	if (err == ERR_OK || job->work != NULL)
		measure(worker, cost, precise_ms() - begin);
	for (int i = 0; i < batch->count; i++)
		hash_job_finish(batch->owner[i], err);
}

static void *
run(void *arg)
{
	struct hash_worker *worker = arg;
	struct hasher *hasher = worker->hasher;

	worker->yields = thread_lower_priority(NICENESS);
	(void)pthread_mutex_lock(&hasher->mutex);
	while (wait_for_work(worker))
		run_batch(worker);
	(void)pthread_mutex_unlock(&hasher->mutex);
	release(worker);
	return NULL;
}

enum err
hash_worker_start(struct hash_worker *worker, struct hasher *hasher)
{
	sigset_t all, before;
	enum err err;

	*worker = (struct hash_worker){ .hasher = hasher, .slot = -1 };
	/* Signals are for the threads that wait for them, never for a worker. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = thread_start(&worker->thread, run, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

void
hash_worker_join(struct hash_worker *worker)
{
	thread_join(&worker->thread);
}

long
hash_worker_count_running(const struct hasher *hasher)
{
	long running = 0;

	for (long i = 0; i < hasher->started; i++)
		running += hasher->workers[i].is_running;
	return running;
}

int64_t
hash_worker_ms_left(const struct hasher *hasher)
{
	const int64_t now = clock_ms();
	int64_t soonest = INT64_MAX;

	for (long i = 0; i < hasher->started; i++)
		if (hasher->workers[i].is_running && hasher->workers[i].ends_at < soonest)
			soonest = hasher->workers[i].ends_at;
	return soonest == INT64_MAX || soonest <= now ? 0 : soonest - now;
}
