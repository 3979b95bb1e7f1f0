/* test_faults: what is wrong with a body is listed, up to a bound. */
#include "text/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
faults_beyond_the_room_are_dropped(void **state)
{
	struct faults faults = { .count = 0 };

	(void)state;
	for (int i = 0; i < FAULTS_MAX + 3; i++)
		assert_int_equal(faults_add(&faults, "missing", "username", "x"), ERR_FIELDS);

	assert_int_equal(faults.count, FAULTS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_beyond_the_room_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
