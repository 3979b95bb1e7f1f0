/* test_faults: what is wrong with a body is listed, up to a bound. */
#include "text/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

static void
a_message_is_made_by_its_format_and_cut_where_it_is_too_long(void **state)
{
	struct faults faults = { .count = 0 };
	char text[2 * FAULT_MESSAGE_SIZE] = {0};

	(void)state;
	(void)faults_add(&faults, "value_error", "username", "U+%04X", 0x2603U);
	(void)faults_add(&faults, "value_error", "username", "%s",
	    (char *)memset(text, 'x', sizeof(text) - 1));

	assert_string_equal(faults.list[0].message, "U+2603");
	assert_int_equal(strlen(faults.list[1].message), FAULT_MESSAGE_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_made_by_its_format_and_cut_where_it_is_too_long),
		cmocka_unit_test(faults_beyond_the_room_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
