/* test_seldom: what happens often is said once in a while, with how often it happened. */
#include "base/seldom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
what_happens_often_is_said_once_and_counted(void **state)
{
	struct seldom seldom = {0};
	long passed_over;

	(void)state;
	assert_true(seldom_may(&seldom, 5, &passed_over));
	assert_int_equal(passed_over, 0);
	assert_false(seldom_may(&seldom, 6, &passed_over));
	assert_false(seldom_may(&seldom, 4 + SELDOM_MS, &passed_over));

	assert_true(seldom_may(&seldom, 5 + SELDOM_MS, &passed_over));

	assert_int_equal(passed_over, 2);
	assert_false(seldom_may(&seldom, 6 + SELDOM_MS, &passed_over));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_happens_often_is_said_once_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
