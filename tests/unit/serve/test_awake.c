/* test_awake: as many threads are awake as may be, and one more for each that is held up. */
#include "serve/awake.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 5, MOST = 2 };

/* What a thread is to do once it is awake, and has done. */
enum order { NOTHING, BEGIN, HOLD_UP, END_AND_WAIT, LEAVE };

struct fixture {
	struct awake *awake;		/* owned */
	pthread_mutex_t mutex;		/* over what follows */
	pthread_cond_t changed;
	int next;			/* number of the thread that begins next */
	int count;			/* of threads that are awake */
	int numbers[2 * THREADS];	/* of those, in the order in which they woke up */
	enum order orders[THREADS];	/* by number; NOTHING: it is done */
	pthread_t threads[THREADS];
};

/* Waits for an order; the mutex is held. */
static enum order
take_order(struct fixture *f, int number)
{
	while (f->orders[number] == NOTHING)
		(void)pthread_cond_wait(&f->changed, &f->mutex);
	return f->orders[number];
}

static void
wake_up(struct fixture *f, int number)
{
	(void)pthread_mutex_unlock(&f->mutex);
	awake_wait(f->awake, number);
	(void)pthread_mutex_lock(&f->mutex);
	f->numbers[f->count++] = number;
	(void)pthread_cond_broadcast(&f->changed);
}

static void
obey(struct fixture *f, int number, enum order order)
{
	if (order == BEGIN || order == HOLD_UP)
		awake_begin(f->awake, number);
	if (order == HOLD_UP)
		awake_hold_up(f->awake, number);
	if (order == END_AND_WAIT)
		awake_end(f->awake, number);
	f->orders[number] = NOTHING;
	(void)pthread_cond_broadcast(&f->changed);
	if (order == END_AND_WAIT)
		wake_up(f, number);
}

static void *
work(void *arg)
{
	struct fixture *f = arg;
	enum order order;
	int number;

	(void)pthread_mutex_lock(&f->mutex);
	number = f->next++;
	wake_up(f, number);
	while ((order = take_order(f, number)) != LEAVE)
		obey(f, number, order);
	(void)pthread_mutex_unlock(&f->mutex);
	return NULL;
}

/* Gives an order to the thread that woke up as the i-th, and waits until it is carried out. */
static void
give(struct fixture *f, int i, enum order order)
{
	const int number = f->numbers[i];

	f->orders[number] = order;
	(void)pthread_cond_broadcast(&f->changed);
	while (f->orders[number] == order)
		(void)pthread_cond_wait(&f->changed, &f->mutex);
}

static void
wait_for_count(struct fixture *f, int count)
{
	while (f->count < count)
		(void)pthread_cond_wait(&f->changed, &f->mutex);
	assert_int_equal(f->count, count);
}

static void
start(struct fixture *f)
{
	*f = (struct fixture){
		.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER,
	};
	assert_non_null(f->awake = awake_new(THREADS, MOST));
	(void)pthread_mutex_lock(&f->mutex);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&f->threads[i], NULL, work, f), 0);
	wait_for_count(f, MOST);
}

static void
stop(struct fixture *f)
{
	awake_all(f->awake);
	for (int i = 0; i < THREADS; i++)
		f->orders[i] = LEAVE;
	(void)pthread_cond_broadcast(&f->changed);
	(void)pthread_mutex_unlock(&f->mutex);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(f->threads[i], NULL);
	awake_free(f->awake);
}

static void
one_that_says_that_it_is_held_up_wakes_another(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);

	give(&f, 0, HOLD_UP);

	wait_for_count(&f, MOST + 1);
	stop(&f);
}

static void
all_that_are_busy_for_long_wake_others_in_the_end(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);

	give(&f, 0, BEGIN);
	give(&f, 1, BEGIN);

	wait_for_count(&f, MOST + 2);
	give(&f, 2, BEGIN);
	wait_for_count(&f, MOST + 3);
	stop(&f);
}

static void
one_that_was_held_up_sleeps_until_another_is(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	give(&f, 0, HOLD_UP);
	wait_for_count(&f, 3);
	f.orders[f.numbers[0]] = END_AND_WAIT;
	(void)pthread_cond_broadcast(&f.changed);

	/* Those that have its turn are held up one after the other: it is one that wakes up. */
	for (int i = 1; i <= 3; i++) {
		give(&f, i, HOLD_UP);
		wait_for_count(&f, 3 + i);
	}

	assert_true(f.numbers[3] == f.numbers[0] || f.numbers[4] == f.numbers[0] ||
	    f.numbers[5] == f.numbers[0]);
	stop(&f);
}

static void
all_wake_up_in_the_end(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);

	awake_all(f.awake);

	wait_for_count(&f, THREADS);
	stop(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_says_that_it_is_held_up_wakes_another),
		cmocka_unit_test(all_that_are_busy_for_long_wake_others_in_the_end),
		cmocka_unit_test(one_that_was_held_up_sleeps_until_another_is),
		cmocka_unit_test(all_wake_up_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
