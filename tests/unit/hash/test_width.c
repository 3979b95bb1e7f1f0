/* test_width: batches are as wide as is worth it, and no wider. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hash/width.h"

static const struct scrypt_width widths[] = {
	{ 1, NULL }, { 2, NULL }, { 4, NULL }, { 8, NULL }, { 12, NULL }, { 16, NULL },
	{ 24, NULL }, { 0, NULL },
};
static const struct scrypt_kernel kernel = { "test", NULL, widths, 12 };

enum { FEW = 24, MANY = 96 };		/* lanes that wait */

static int
choose(struct hash_width *width, int room)
{
	return hash_width_choose(width, &kernel, room, FEW);
}

static void
few_lanes_are_all_taken(void **state)
{
	struct hash_width width = {0};

	(void)state;
	for (int room = 1; room <= 12; room++)
		for (int i = 0; i < 20; i++)
			assert_int_equal(hash_width_choose(&width, &kernel, room, MANY), room);
}

static void
what_keeps_a_core_busy_is_taken_while_nothing_is_known(void **state)
{
	struct hash_width width = {0};

	(void)state;
	for (int room = 13; room <= 24; room++)
		assert_int_equal(choose(&width, room), 12);
}

/* In batches of so many lanes, each of which takes so long. */
static void
measure(struct hash_width *width, int lanes, double ms)
{
	for (int i = 0; i < 20; i++)
		hash_width_measure(width, lanes, (uint64_t)lanes * 1000, ms);
}

static void
the_narrowest_that_is_nearly_as_fast_is_taken(void **state)
{
	struct hash_width width = {0};

	(void)state;
	measure(&width, 12, 12.0);
	measure(&width, 16, 16.0);
	measure(&width, 24, 23.5);
	assert_int_equal(choose(&width, 24), 12);

	measure(&width, 24, 22.0);
	assert_int_equal(choose(&width, 24), 24);
	assert_int_equal(choose(&width, 16), 12);
}

static void
others_are_tried_again_while_many_wait(void **state)
{
	struct hash_width width = {0};
	int of[25] = {0};

	(void)state;
	measure(&width, 12, 10.0);
	measure(&width, 16, 16.0);
	measure(&width, 24, 24.0);
	for (int i = 0; i < 160; i++)
		of[hash_width_choose(&width, &kernel, 24, MANY)]++;

	assert_in_range(of[16], 1, 5);
	assert_in_range(of[24], 1, 5);
	assert_int_equal(of[12] + of[16] + of[24], 160);
}

static void
no_other_is_tried_while_few_wait(void **state)
{
	struct hash_width width = {0};

	(void)state;
	for (int i = 0; i < 160; i++)
		assert_int_equal(choose(&width, 24), 12);
}

static void
a_batch_that_took_no_time_tells_nothing(void **state)
{
	struct hash_width width = {0};

	(void)state;
	hash_width_measure(&width, 24, 24000, 0);
	assert_int_equal(choose(&width, 24), 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_lanes_are_all_taken),
		cmocka_unit_test(what_keeps_a_core_busy_is_taken_while_nothing_is_known),
		cmocka_unit_test(the_narrowest_that_is_nearly_as_fast_is_taken),
		cmocka_unit_test(others_are_tried_again_while_many_wait),
		cmocka_unit_test(no_other_is_tried_while_few_wait),
		cmocka_unit_test(a_batch_that_took_no_time_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
