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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_costs_within_all_bounds_are_possible),
		cmocka_unit_test(a_cost_may_take_256_mib_and_no_more),
		cmocka_unit_test(a_cost_may_take_2_to_the_24_steps_and_no_more),
		cmocka_unit_test(a_cost_is_secure_from_any_owasp_setting_upwards),
		cmocka_unit_test(a_cost_below_every_owasp_setting_is_not_secure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
