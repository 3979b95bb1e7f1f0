/* test_hasher: everybody's hashes, side by side, in turn, in time and in bounds. */
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/thread.h"
#include "hash/hasher.h"
#include "hash/scrypt.h"
#include "hash/scrypt_proof.h"
#include "hash/slot.h"

enum { USERS = 12 };

/*
 * How many of our threads have come to wait for a hasher, each counted once a call. One that is
 * counted has its job in the queue: it holds the hasher's mutex from there to here.
 */
static atomic_int waiting;
static _Thread_local bool is_asking;

/* In place of the C library's: counts, and waits. */
int
pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,
    const struct timespec *until)
{
	int (*wait)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
	void *symbol = dlsym(RTLD_NEXT, "pthread_cond_clockwait");

	memcpy(&wait, &symbol, sizeof(wait));
	waiting += is_asking;
	is_asking = false;
	return wait(cond, mutex, clock, until);
}

static void
wait_until_waiting(int count)
{
	while (waiting < count)
		(void)usleep(1000);
}

struct fixture {
	char dir[64];
	char file[96];
	struct config config;
	struct hasher *hasher;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_hasher.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof(f->file), "%s/hash.slots", f->dir);
	waiting = 0;
	f->config = (struct config){
		.state_dir = f->dir,
		.scrypt_log2_n = 10, .scrypt_r = 8, .scrypt_p = 1,
		.hash_slots = 2,
		.hash_wait = 60000,
		.hash_waiting = 64,
		.hash_memory_idle = 600000,
	};
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	hasher_close(f->hasher);
	(void)unlink(f->file);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
open_hasher(struct fixture *f)
{
	assert_int_equal(hasher_open(&f->config, &f->hasher), ERR_OK);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One hash through the hasher. */
static enum err
hash(struct fixture *f, long log2_n, long r, long p, struct scrypt *scrypt)
{
	*scrypt = (struct scrypt){ log2_n, r, p, "0123456789abcde", SCRYPT_SALT_LEN, {0} };
	is_asking = true;
	return hasher_scrypt(f->hasher, NULL, "correct horse", scrypt);
}

static void
assert_right(const struct scrypt *ours)
{
	struct scrypt theirs = *ours;

	assert_int_equal(scrypt_compute("correct horse", &theirs), ERR_OK);
	assert_memory_equal(ours->hash, theirs.hash, SCRYPT_DIGEST_LEN);
}

static void
every_kernel_that_may_be_chosen_makes_the_hashes_of_libscrypt(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;

	for (unsigned kernel = HASH_KERNEL_AUTO; kernel <= HASH_KERNEL_LIBSCRYPT; kernel++) {
		f->config.hash_kernel = kernel;
		open_hasher(f);
		for (long p = 1; p <= 16; p += 5) {
			assert_int_equal(hash(f, 7, 3, p, &scrypt), ERR_OK);
			assert_right(&scrypt);
		}
		hasher_close(f->hasher);
		f->hasher = NULL;
	}
}

/* In place of the C library's: counts. */
static atomic_int yielded;

int
sched_yield(void)
{
	yielded++;
	return 0;
}

static void
a_hash_yields_where_that_costs_little(void **state)
{
	struct fixture *f = *state;
	const bool should = thread_lower_priority(0);
	struct scrypt scrypt;

	if (scrypt_proof_choose(HASH_KERNEL_AUTO) == NULL)
		skip();
	yielded = 0;
	open_hasher(f);
	assert_int_equal(yielded, 0);	/* by the proof, which nobody stands back for */

	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);

	assert_int_equal(yielded > 0, should);
}

struct user {
	pthread_t thread;
	struct fixture *f;
	long log2_n, r, p;
	struct scrypt scrypt;
	enum err err;
};

static void *
sign_in(void *arg)
{
	struct user *user = arg;

	user->err = hash(user->f, user->log2_n, user->r, user->p, &user->scrypt);
	return NULL;
}

static void
hashes_of_several_costs_at_once_come_out_right(void **state)
{
	static const long costs[][3] = { { 10, 8, 5 }, { 10, 8, 1 }, { 11, 8, 2 }, { 10, 1, 16 } };
	struct fixture *f = *state;
	struct user users[USERS];

	open_hasher(f);
	for (int i = 0; i < USERS; i++) {
		const long *cost = costs[i % 4];

		users[i] = (struct user){ .f = f, .log2_n = cost[0], .r = cost[1], .p = cost[2] };
		assert_int_equal(pthread_create(&users[i].thread, NULL, sign_in, &users[i]), 0);
	}
	for (int i = 0; i < USERS; i++) {
		assert_int_equal(pthread_join(users[i].thread, NULL), 0);
		assert_int_equal(users[i].err, ERR_OK);
		assert_right(&users[i].scrypt);
	}
}

/* A gate that holds the only hashing thread, and the order in which others came after it. */
struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool is_entered, is_open;
	int order[8];
	int count;
};

struct visitor {
	pthread_t thread;
	struct hasher *hasher;
	struct gate *gate;
	const char *source;
	int number;
	enum err err;
};

static enum err
pass_gate(void *arg)
{
	struct visitor *visitor = arg;
	struct gate *gate = visitor->gate;

	(void)pthread_mutex_lock(&gate->mutex);
	gate->order[gate->count++] = visitor->number;
	gate->is_entered = true;
	(void)pthread_cond_broadcast(&gate->changed);
	while (!gate->is_open)
		(void)pthread_cond_wait(&gate->changed, &gate->mutex);
	(void)pthread_mutex_unlock(&gate->mutex);
	return ERR_OK;
}

static void *
visit(void *arg)
{
	struct visitor *visitor = arg;

	is_asking = true;
	visitor->err = hasher_run(visitor->hasher, visitor->source, 0, pass_gate, visitor);
	return NULL;
}

static void
start_visit(struct visitor *visitor)
{
	assert_int_equal(pthread_create(&visitor->thread, NULL, visit, visitor), 0);
}

static void
wait_until_entered(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->mutex);
	while (!gate->is_entered)
		(void)pthread_cond_wait(&gate->changed, &gate->mutex);
	(void)pthread_mutex_unlock(&gate->mutex);
}

static void
open_gate(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->mutex);
	gate->is_open = true;
	(void)pthread_cond_broadcast(&gate->changed);
	(void)pthread_mutex_unlock(&gate->mutex);
}

#define GATE { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER }

static void
whoever_has_waited_longest_comes_first(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitors[3];

	f->config.hash_slots = 1;
	open_hasher(f);
	for (int i = 0; i < 3; i++) {
		visitors[i] = (struct visitor){ .hasher = f->hasher, .gate = &gate, .number = i };
		start_visit(&visitors[i]);
		wait_until_waiting(i + 1);	/* before the next comes */
	}
	open_gate(&gate);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(visitors[i].thread, NULL), 0);
		assert_int_equal(visitors[i].err, ERR_OK);
	}

	for (int i = 0; i < 3; i++)
		assert_int_equal(gate.order[i], i);
}

/* Brings a job of each source in turn, one after the other, and waits until the last waits. */
static void
start_visits(struct fixture *f, struct gate *gate, struct visitor *visitors,
    const char *const *sources)
{
	for (int i = 0; sources[i] != NULL; i++) {
		visitors[i] = (struct visitor){ .hasher = f->hasher, .gate = gate,
			.source = sources[i], .number = i };
		start_visit(&visitors[i]);
		wait_until_waiting(i + 1);
		if (i == 0)
			wait_until_entered(gate);
	}
}

static void
end_visits(struct gate *gate, struct visitor *visitors, int count)
{
	open_gate(gate);
	for (int i = 0; i < count; i++)
		assert_int_equal(pthread_join(visitors[i].thread, NULL), 0);
}

static void
each_source_takes_its_turn(void **state)
{
	static const char *const sources[] = {
		"greedy", "greedy", "greedy", "greedy", "other", "third", "other", "greedy", NULL,
	};
	/* The first job of each, then the second of each, and so on. */
	static const int order[] = { 0, 4, 5, 1, 6, 2, 3, 7 };
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitors[8];

	f->config.hash_slots = 1;
	open_hasher(f);
	start_visits(f, &gate, visitors, sources);
	end_visits(&gate, visitors, 8);

	for (int i = 0; i < 8; i++) {
		assert_int_equal(visitors[i].err, ERR_OK);
		assert_int_equal(gate.order[i], order[i]);
	}
}

static void
source_gets_no_more_than_its_share_of_the_places(void **state)
{
	static const char *const sources[] = { "greedy", "greedy", NULL };
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitors[2];

	f->config.hash_waiting = 8;
	open_hasher(f);
	start_visits(f, &gate, visitors, sources);

	assert_int_equal(hasher_ask(f->hasher, "greedy"), ERR_OVERLOADED);
	assert_int_equal(hasher_run(f->hasher, "greedy", 0, pass_gate, NULL), ERR_OVERLOADED);
	assert_int_equal(hasher_ask(f->hasher, "other"), ERR_OK);
	assert_int_equal(hasher_ask(f->hasher, NULL), ERR_OK);

	end_visits(&gate, visitors, 2);
	assert_int_equal(hasher_ask(f->hasher, "greedy"), ERR_OK);
}

static void
newcomer_takes_the_place_of_a_source_that_waits_for_a_later_turn(void **state)
{
	static const char *const sources[] = { "a", "a", "b", "b", "a", NULL };
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitors[5], newcomer;

	f->config.hash_slots = 1;
	f->config.hash_waiting = 16;
	open_hasher(f);
	start_visits(f, &gate, visitors, sources);
	f->config.hash_waiting = 5;	/* now all are taken; a share is one */

	assert_int_equal(hasher_ask(f->hasher, "a"), ERR_OVERLOADED);
	assert_int_equal(hasher_ask(f->hasher, "c"), ERR_OK);
	newcomer = (struct visitor){ .hasher = f->hasher, .gate = &gate, .source = "c",
		.number = 5 };
	start_visit(&newcomer);
	/* The last in the line is refused while nothing moves. */
	assert_int_equal(pthread_join(visitors[4].thread, NULL), 0);
	assert_int_equal(visitors[4].err, ERR_OVERLOADED);
	wait_until_waiting(6);

	end_visits(&gate, visitors, 4);
	assert_int_equal(pthread_join(newcomer.thread, NULL), 0);
	assert_int_equal(newcomer.err, ERR_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(visitors[i].err, ERR_OK);
	assert_int_equal(gate.order[1], 2);
	assert_int_equal(gate.order[2], 5);
}

static void
what_comes_when_all_places_are_taken_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitor;
	struct scrypt scrypt;

	f->config.hash_waiting = 1;
	open_hasher(f);
	visitor = (struct visitor){ .hasher = f->hasher, .gate = &gate };
	start_visit(&visitor);
	wait_until_entered(&gate);

	assert_int_equal(hasher_ask(f->hasher, NULL), ERR_OVERLOADED);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OVERLOADED);
	assert_int_equal(waiting, 1);	/* that is the visitor */

	open_gate(&gate);
	assert_int_equal(pthread_join(visitor.thread, NULL), 0);
	assert_int_equal(visitor.err, ERR_OK);
	assert_int_equal(hasher_ask(f->hasher, NULL), ERR_OK);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
}

/* What an observer was told: as many as there are, and the last. */
struct told {
	atomic_int hashes;
	atomic_int refused;
	atomic_long ahead;
};

static void
note(void *arg, long ahead, int64_t waited_ms)
{
	struct told *told = arg;

	told->hashes++;
	told->refused += waited_ms < 0;
	told->ahead = ahead;
}

static void
what_is_refused_for_the_load_is_told_and_shown_until_there_is_room_again(void **state)
{
	static const char *const sources[] = { "a", NULL };
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitor;
	struct told told = {0};
	struct scrypt scrypt;
	int watch;

	f->config.hash_waiting = 4;
	open_hasher(f);
	hasher_watch(f->hasher, note, &told);
	assert_int_equal(hash_slot_watch(f->file, &watch), ERR_OK);
	start_visits(f, &gate, &visitor, sources);

	/* The source has its share; there would be room for others. */
	assert_int_equal(hasher_ask(f->hasher, "a"), ERR_OVERLOADED);
	assert_int_equal(told.refused, 1);
	hasher_delay(f->hasher);
	assert_int_equal(told.refused, 1);
	assert_false(hash_slot_is_any_full(watch));

	f->config.hash_waiting = 1;
	assert_int_equal(hasher_ask(f->hasher, "b"), ERR_OVERLOADED);
	assert_true(hash_slot_is_any_full(watch));
	assert_int_equal(hasher_run(f->hasher, "b", 0, pass_gate, NULL), ERR_OVERLOADED);
	assert_int_equal(told.refused, 3);
	assert_int_equal(told.ahead, 1);
	end_visits(&gate, &visitor, 1);
	assert_false(hash_slot_is_any_full(watch));

	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
	assert_int_equal(told.hashes, 5);
	assert_int_equal(told.refused, 3);
	assert_int_equal(told.ahead, 0);
	(void)close(watch);
}

static void
what_cannot_begin_in_time_is_refused_at_once_when_times_are_known(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct visitor visitor;
	struct user queued = { .f = f, .log2_n = 10, .r = 8, .p = 16 };
	struct scrypt scrypt;

	f->config.hash_slots = 1;
	open_hasher(f);
	assert_int_equal(hash(f, 10, 8, 16, &scrypt), ERR_OK);
	visitor = (struct visitor){ .hasher = f->hasher, .gate = &gate };
	start_visit(&visitor);
	wait_until_entered(&gate);
	assert_int_equal(pthread_create(&queued.thread, NULL, sign_in, &queued), 0);
	wait_until_waiting(3);
	f->config.hash_wait = 0;	/* and what is in the queue takes more */

	assert_int_equal(hasher_ask(f->hasher, NULL), ERR_OVERLOADED);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OVERLOADED);
	assert_int_equal(waiting, 3);

	open_gate(&gate);
	assert_int_equal(pthread_join(visitor.thread, NULL), 0);
	assert_int_equal(pthread_join(queued.thread, NULL), 0);
	assert_int_equal(queued.err, ERR_OK);
}

static void
while_others_hold_every_slot_a_hash_waits_as_long_as_it_may(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;
	int64_t begin;
	int slot;

	f->config.hash_slots = 1;
	f->config.hash_wait = 100;
	open_hasher(f);
	assert_int_equal(hash_slot_acquire(f->file, 1, 1, 0, &slot), ERR_OK);
	begin = now_ms();

	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OVERLOADED);
	assert_true(now_ms() - begin >= 100);

	f->config.hash_wait = 60000;
	hash_slot_release(slot);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
	assert_right(&scrypt);
}

/* Whether the one slot is free, asked without showing that it is wanted. */
static bool
is_free(const struct fixture *f)
{
	int slot;
	bool is = hash_slot_acquire(f->file, 1, 1, 0, &slot) == ERR_OK;

	hash_slot_release(slot);
	return is;
}

static void
what_is_kept_warm_is_given_back_after_a_quiet_time(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;

	f->config.hash_slots = 1;
	open_hasher(f);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
	assert_false(is_free(f));

	f->config.hash_memory_idle = 100;
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
	while (!is_free(f))
		(void)usleep(10 * 1000);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);
	assert_right(&scrypt);
}

static void
what_is_kept_warm_is_given_to_whoever_wants_it(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;
	int slot;

	f->config.hash_slots = 1;
	open_hasher(f);
	assert_int_equal(hash(f, 10, 8, 1, &scrypt), ERR_OK);

	/* It would be kept for ten minutes. */
	assert_int_equal(hash_slot_acquire(f->file, 1, 1, 60000, &slot), ERR_OK);
	hash_slot_release(slot);
}

static const enum hash_kernel bounded_kernels[] = { HASH_KERNEL_AUTO, HASH_KERNEL_LIBSCRYPT };
enum { BOUNDED_KERNELS = sizeof(bounded_kernels) / sizeof(bounded_kernels[0]) };

static void
close_hasher(struct fixture *f)
{
	hasher_close(f->hasher);
	f->hasher = NULL;
}

static void
a_hash_that_takes_more_memory_than_others_takes_more_slots(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;
	int half;

	f->config.hash_memory = 2;
	for (int i = 0; i < BOUNDED_KERNELS; i++) {
		f->config.hash_kernel = bounded_kernels[i];
		open_hasher(f);
		assert_int_equal(hash_slot_acquire(f->file, HASH_DIVISION_WHOLE,
		    HASH_DIVISION_WHOLE / 2, 0, &half), ERR_OK);

		f->config.hash_wait = 0;
		assert_int_equal(hash(f, 11, 8, 3, &scrypt), ERR_OVERLOADED);
		f->config.hash_wait = 60000;
		assert_int_equal(hash(f, 10, 8, 3, &scrypt), ERR_OK);
		assert_right(&scrypt);

		hash_slot_release(half);
		assert_int_equal(hash(f, 11, 8, 3, &scrypt), ERR_OK);
		assert_right(&scrypt);
		close_hasher(f);
	}
}

static void
a_hash_that_takes_more_than_all_the_memory_is_refused(void **state)
{
	struct fixture *f = *state;
	struct scrypt scrypt;

	f->config.hash_memory = 2;
	for (int i = 0; i < BOUNDED_KERNELS; i++) {
		f->config.hash_kernel = bounded_kernels[i];
		open_hasher(f);

		assert_int_equal(hash(f, 12, 8, 1, &scrypt), ERR_OVERLOADED);
		assert_int_equal(hash(f, 11, 8, 1, &scrypt), ERR_OK);
		close_hasher(f);
	}
}

static enum err
refuse(void *arg)
{
	(void)arg;
	return ERR_CREDENTIALS;
}

static void
work_returns_what_it_returns(void **state)
{
	struct fixture *f = *state;

	open_hasher(f);
	assert_int_equal(hasher_run(f->hasher, NULL, 0, refuse, NULL), ERR_CREDENTIALS);
}

static void
closing_no_hasher_or_one_that_never_worked_does_nothing(void **state)
{
	struct fixture *f = *state;

	hasher_close(NULL);
	open_hasher(f);
	hasher_close(f->hasher);
	f->hasher = NULL;
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kernel_that_may_be_chosen_makes_the_hashes_of_libscrypt),
		TEST(hashes_of_several_costs_at_once_come_out_right),
		TEST(whoever_has_waited_longest_comes_first),
		TEST(each_source_takes_its_turn),
		TEST(source_gets_no_more_than_its_share_of_the_places),
		TEST(newcomer_takes_the_place_of_a_source_that_waits_for_a_later_turn),
		TEST(what_comes_when_all_places_are_taken_is_refused_at_once),
		TEST(what_is_refused_for_the_load_is_told_and_shown_until_there_is_room_again),
		TEST(what_cannot_begin_in_time_is_refused_at_once_when_times_are_known),
		TEST(while_others_hold_every_slot_a_hash_waits_as_long_as_it_may),
		TEST(what_is_kept_warm_is_given_back_after_a_quiet_time),
		TEST(what_is_kept_warm_is_given_to_whoever_wants_it),
		TEST(a_hash_that_takes_more_memory_than_others_takes_more_slots),
		TEST(a_hash_that_takes_more_than_all_the_memory_is_refused),
		TEST(work_returns_what_it_returns),
		TEST(a_hash_yields_where_that_costs_little),
		TEST(closing_no_hasher_or_one_that_never_worked_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
