/* test_cost: which scrypt costs are accepted, and which are secure. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/cost.h"

struct vector {
	long log2_n;
	long r;
	long p;
	bool expected;
};

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

static void
check_all(bool (*question)(long, long, long), const struct vector *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vector *v = &vectors[i];
		bool answer = question(v->log2_n, v->r, v->p);

		if (answer != v->expected)
			fail_msg("(%ld, %ld, %ld): expected %d, came %d", v->log2_n, v->r, v->p,
			    v->expected, answer);
	}
}

static void
only_costs_within_all_bounds_are_possible(void **state)
{
	static const struct vector vectors[] = {
		{ 10, 1, 1, true },
		{ 14, 8, 5, true },
		{ 20, 1, 16, true },
		{ 9, 8, 5, false },
		{ 21, 1, 1, false },
		{ 14, 0, 5, false },
		{ 14, 33, 1, false },
		{ 14, 8, 0, false },
		{ 14, 8, 17, false },
		{ -1, 8, 5, false },
		{ 14, -8, 5, false },
		{ 14, 8, -5, false },
		{ LONG_MAX, LONG_MAX, LONG_MAX, false },
		{ LONG_MIN, LONG_MIN, LONG_MIN, false },
	};

	(void)state;
	check_all(cost_is_possible, vectors, COUNT(vectors));
}

static void
a_cost_may_take_256_mib_and_no_more(void **state)
{
	static const struct vector vectors[] = {
		{ 18, 8, 1, true },
		{ 18, 9, 1, false },
		{ 17, 16, 1, true },
		{ 17, 17, 1, false },
		{ 20, 2, 1, true },
		{ 20, 3, 1, false },
	};

	(void)state;
	check_all(cost_is_possible, vectors, COUNT(vectors));
}

static void
a_cost_may_take_2_to_the_24_steps_and_no_more(void **state)
{
	static const struct vector vectors[] = {
		{ 16, 16, 16, true },
		{ 17, 8, 16, true },
		{ 18, 8, 8, true },
		{ 18, 8, 9, false },
		{ 17, 9, 15, false },
		{ 20, 2, 9, false },
	};

	(void)state;
	check_all(cost_is_possible, vectors, COUNT(vectors));
}

static void
a_cost_is_secure_from_any_owasp_setting_upwards(void **state)
{
	static const struct vector vectors[] = {
		{ 17, 8, 1, true },
		{ 16, 8, 2, true },
		{ 15, 8, 3, true },
		{ 14, 8, 5, true },
		{ 13, 8, 10, true },
		{ 18, 8, 1, true },
		{ 14, 9, 5, true },
		{ 14, 8, 6, true },
	};

	(void)state;
	check_all(cost_is_secure, vectors, COUNT(vectors));
}

static void
a_cost_below_every_owasp_setting_is_not_secure(void **state)
{
	static const struct vector vectors[] = {
		{ 16, 8, 1, false },
		{ 15, 8, 2, false },
		{ 14, 8, 4, false },
		{ 13, 8, 9, false },
		{ 12, 8, 16, false },
		{ 17, 7, 1, false },
		{ 13, 32, 9, false },
		{ 10, 1, 1, false },
		{ 20, 0, 16, false },
	};

	(void)state;
	check_all(cost_is_secure, vectors, COUNT(vectors));
}

/* In order: a cost is dearer than all of the lines above it, and than none of its own line. */
static void
costs_are_ordered_by_what_whoever_guesses_pays(void **state)
{
	static const struct cost lines[][5] = {
		{ { 10, 1, 1 } },
		{ { 10, 1, 2 }, { 11, 1, 1 }, { 10, 2, 1 } },
		{ { 14, 8, 1 }, { 13, 8, 2 } },
		{ { 15, 8, 1 } },
		{ { 16, 8, 1 } },
		{ { 14, 8, 4 }, { 13, 8, 8 } },
		{ { 14, 8, 5 }, { 15, 8, 3 }, { 16, 8, 2 }, { 17, 8, 1 }, { 13, 8, 10 } },
		{ { 14, 8, 6 } },
		{ { 15, 8, 4 } },
		{ { 16, 8, 3 } },
		{ { 14, 8, 10 }, { 15, 8, 6 }, { 16, 8, 4 }, { 17, 8, 2 }, { 18, 8, 1 } },
		{ { 14, 8, 16 } },
		{ { 17, 8, 16 }, { 18, 8, 8 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines) * 5; i++)
		for (size_t j = 0; j < COUNT(lines) * 5; j++) {
			const struct cost *a = &lines[i / 5][i % 5], *b = &lines[j / 5][j % 5];

			if (a->r != 0 && b->r != 0 && cost_is_dearer(a, b) != (i / 5 > j / 5))
				fail_msg("(%ld, %ld, %ld) and (%ld, %ld, %ld)", a->log2_n, a->r,
				    a->p, b->log2_n, b->r, b->p);
		}
}

static void
more_of_any_number_is_dearer(void **state)
{
	(void)state;
	for (long log2_n = 10; log2_n < 20; log2_n++)
		for (long r = 1; r < 32; r++)
			for (long p = 1; p < 16; p++) {
				const struct cost less = { log2_n, r, p }, more[] = {
					{ log2_n + 1, r, p }, { log2_n, r + 1, p },
					{ log2_n, r, p + 1 },
				};

				for (size_t i = 0; i < COUNT(more); i++) {
					assert_true(cost_is_dearer(&more[i], &less));
					assert_false(cost_is_dearer(&less, &more[i]));
				}
			}
}

static void
strength_is_told_as_a_multiple_of_what_owasp_advises(void **state)
{
	(void)state;
	assert_int_equal(cost_strength(&(struct cost){ 14, 8, 5 }), 100);
	assert_int_equal(cost_strength(&(struct cost){ 17, 8, 1 }), 100);
	assert_int_equal(cost_strength(&(struct cost){ 15, 8, 4 }), 133);
	assert_int_equal(cost_strength(&(struct cost){ 17, 8, 16 }), 1600);
	assert_int_equal(cost_strength(&(struct cost){ 10, 1, 1 }), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_costs_within_all_bounds_are_possible),
		cmocka_unit_test(a_cost_may_take_256_mib_and_no_more),
		cmocka_unit_test(a_cost_may_take_2_to_the_24_steps_and_no_more),
		cmocka_unit_test(a_cost_is_secure_from_any_owasp_setting_upwards),
		cmocka_unit_test(a_cost_below_every_owasp_setting_is_not_secure),
		cmocka_unit_test(costs_are_ordered_by_what_whoever_guesses_pays),
		cmocka_unit_test(more_of_any_number_is_dearer),
		cmocka_unit_test(strength_is_told_as_a_multiple_of_what_owasp_advises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
