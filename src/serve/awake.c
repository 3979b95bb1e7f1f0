/* awake: keeps as few threads of a pool awake as can be busy at once. */
#include "serve/awake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

enum { LOOK_MS = 10 };		/* a thread that is busy with one request for so long is held up */

/* What a thread does: how many requests it has begun, times REQUEST, and two flags of the last. */
enum { BUSY = 1, HELD_UP = 2, REQUEST = 4 };

struct member {
	_Atomic uint64_t doing;
	uint64_t seen;			/* what it did at the last look(); under the mutex */
	bool is_awake;			/* of the thread alone: it need not wait for its turn */
};

struct awake {
	long threads, most;
	atomic_bool is_unwatched;	/* nobody was busy, so nobody looks */
	pthread_mutex_t mutex;		/* guards what follows */
	pthread_cond_t turn;		/* for those that sleep */
	pthread_cond_t watch;		/* for the one of them that looks */
	long awake;			/* and not held up */
	long asleep;			/* without the one that looks */
	bool has_watcher;
	bool is_over;
	struct member members[];
};

struct awake *
awake_new(long threads, long most)
{
	struct awake *awake = calloc(1, sizeof(*awake) +
	    (size_t)threads * sizeof(awake->members[0]));

	if (awake == NULL)
		return NULL;
	awake->threads = threads;
	awake->most = most;
	(void)pthread_mutex_init(&awake->mutex, NULL);
	(void)pthread_cond_init(&awake->turn, NULL);
	(void)pthread_cond_init(&awake->watch, NULL);
	return awake;
}

void
awake_free(struct awake *awake)
{
	if (awake == NULL)
		return;
	(void)pthread_cond_destroy(&awake->watch);
	(void)pthread_cond_destroy(&awake->turn);
	(void)pthread_mutex_destroy(&awake->mutex);
	free(awake);
}

/* Whether one that sleeps may wake up. The mutex is held, as by all that follow. */
static bool
has_turn(const struct awake *awake)
{
	return awake->is_over || awake->awake < awake->most;
}

/* Wakes one up; the one that looks only if nobody else sleeps. */
static void
wake_one(struct awake *awake)
{
	(void)pthread_cond_signal(awake->asleep > 0 ? &awake->turn : &awake->watch);
}

/* Takes one that is held up for one that needs no core, unless it has gone on meanwhile. */
static void
let_another(struct awake *awake, struct member *member, uint64_t doing)
{
	if (!atomic_compare_exchange_strong(&member->doing, &doing, doing | HELD_UP))
		return;
	awake->awake--;
	wake_one(awake);
}

/* Looks at all threads. Returns whether any is busy, or has been since the last look. */
static bool
look(struct awake *awake)
{
	bool is_any_busy = false;

	for (long i = 0; i < awake->threads; i++) {
		struct member *member = &awake->members[i];
		const uint64_t doing = atomic_load(&member->doing);

		is_any_busy = is_any_busy || doing != member->seen || (doing & BUSY);
		if (doing == member->seen && (doing & (BUSY | HELD_UP)) == BUSY)
			let_another(awake, member, doing);
		member->seen = doing;
	}
	return is_any_busy;
}

/* Sleeps until somebody begins a request, if nobody has in the meantime. */
static void
wait_for_request(struct awake *awake)
{
	atomic_store(&awake->is_unwatched, true);
	/* A thread that has begun before that wakes nobody up. */
	if (!look(awake))
		(void)pthread_cond_wait(&awake->watch, &awake->mutex);
	atomic_store(&awake->is_unwatched, false);
}

/* Sleeps as the one that looks. */
static void
watch(struct awake *awake)
{
	awake->has_watcher = true;
	while (!has_turn(awake)) {
		if (!look(awake))
			wait_for_request(awake);
		if (!has_turn(awake))
			thread_wait_until(&awake->watch, &awake->mutex, clock_ms() + LOOK_MS);
	}
	awake->has_watcher = false;
	/* Another has to look now. */
	(void)pthread_cond_signal(&awake->turn);
}

static void
go_to_sleep(struct awake *awake)
{
	while (!has_turn(awake)) {
		if (!awake->has_watcher) {
			watch(awake);
			continue;
		}
		awake->asleep++;
		(void)pthread_cond_wait(&awake->turn, &awake->mutex);
		awake->asleep--;
	}
}

void
awake_wait(struct awake *awake, long thread)
{
	struct member *member = &awake->members[thread];

	/* One that was awake, and was not held up, stays so. */
	if (member->is_awake)
		return;
	member->is_awake = true;
	(void)pthread_mutex_lock(&awake->mutex);
	go_to_sleep(awake);
	awake->awake++;
	(void)pthread_mutex_unlock(&awake->mutex);
}

void
awake_begin(struct awake *awake, long thread)
{
	struct member *member = &awake->members[thread];

	/* Only the thread itself begins and ends. */
	atomic_store(&member->doing, (atomic_load(&member->doing) + REQUEST) | BUSY);
	if (!atomic_load(&awake->is_unwatched))
		return;
	(void)pthread_mutex_lock(&awake->mutex);
	(void)pthread_cond_signal(&awake->watch);
	(void)pthread_mutex_unlock(&awake->mutex);
}

void
awake_end(struct awake *awake, long thread)
{
	struct member *member = &awake->members[thread];

	/* If it was held up, another has its turn. */
	if (atomic_fetch_and(&member->doing, ~(uint64_t)(BUSY | HELD_UP)) & HELD_UP)
		member->is_awake = false;
}

void
awake_hold_up(struct awake *awake, long thread)
{
	struct member *member = &awake->members[thread];
	const uint64_t doing = atomic_load(&member->doing);

	if ((doing & (BUSY | HELD_UP)) != BUSY)
		return;
	(void)pthread_mutex_lock(&awake->mutex);
	let_another(awake, member, doing);
	(void)pthread_mutex_unlock(&awake->mutex);
}

void
awake_all(struct awake *awake)
{
	(void)pthread_mutex_lock(&awake->mutex);
	awake->is_over = true;
	(void)pthread_cond_broadcast(&awake->turn);
	(void)pthread_cond_broadcast(&awake->watch);
	(void)pthread_mutex_unlock(&awake->mutex);
}
