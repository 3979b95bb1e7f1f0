/* test_log_limit: equal lines are counted, and no other line is. */
#include "base/log_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct log_limit limit;

static int
setup(void **state)
{
	(void)state;
	memset(&limit, 0, sizeof(limit));
	return 0;
}

static unsigned
admitted(int64_t now, const char *text, unsigned times)
{
	unsigned count = 0;

	for (unsigned i = 0; i < times; i++)
		count += log_limit_admits(&limit, now, 2, text, strlen(text));
	return count;
}

static void
the_first_five_equal_lines_are_written_and_the_others_counted(void **state)
{
	struct log_repeat due;

	(void)state;
	assert_int_equal(admitted(1000, "event=e", 12), 5);

	assert_false(log_limit_take_due(&limit, 1000 + LOG_LIMIT_MS - 1, &due));
	assert_true(log_limit_take_due(&limit, 1000 + LOG_LIMIT_MS, &due));
	assert_int_equal(due.held, 7);
	assert_int_equal(due.level, 2);
	assert_memory_equal(due.text, "event=e", due.len);
	assert_false(log_limit_take_due(&limit, INT64_MAX, &due));
}

static void
lines_are_written_again_after_ten_seconds(void **state)
{
	struct log_repeat due;

	(void)state;
	assert_int_equal(admitted(1000, "event=e", 9), 5);
	assert_true(log_limit_take_due(&limit, 1000 + LOG_LIMIT_MS, &due));

	assert_int_equal(admitted(1000 + LOG_LIMIT_MS, "event=e", 9), 5);
}

static void
lines_that_differ_in_anything_do_not_count_for_one_another(void **state)
{
	(void)state;
	assert_int_equal(admitted(1, "event=refused user=alice client=192.0.2.1", 9), 5);

	assert_int_equal(admitted(1, "event=refused user=alicf client=192.0.2.1", 9), 5);
	assert_int_equal(admitted(1, "event=refused user=alice client=192.0.2.10", 9), 5);
	assert_true(log_limit_admits(&limit, 1, 1, "event=refused user=alice client=192.0.2.1",
	    strlen("event=refused user=alice client=192.0.2.1")));
}

static void
a_line_without_a_place_is_always_written(void **state)
{
	struct log_repeat due;
	char text[32];
	unsigned reported = 0;

	(void)state;
	for (int i = 0; i < LOG_LIMIT_LINES; i++) {
		snprintf(text, sizeof(text), "event=%d", i);
		assert_int_equal(admitted(1, text, 6), 5);
	}

	assert_int_equal(admitted(1, "event=another", 100), 100);
	while (log_limit_take_due(&limit, INT64_MAX, &due)) {
		assert_int_equal(due.held, 1);
		reported++;
	}
	assert_int_equal(reported, LOG_LIMIT_LINES);
}

static void
a_very_long_line_is_always_written(void **state)
{
	char text[LOG_LIMIT_TEXT_MAX + 2] = {0};

	(void)state;
	memset(text, 'x', LOG_LIMIT_TEXT_MAX);
	assert_int_equal(admitted(1, text, 6), 5);
	text[LOG_LIMIT_TEXT_MAX] = 'x';
	assert_int_equal(admitted(1, text, 6), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    the_first_five_equal_lines_are_written_and_the_others_counted, setup),
		cmocka_unit_test_setup(lines_are_written_again_after_ten_seconds, setup),
		cmocka_unit_test_setup(
		    lines_that_differ_in_anything_do_not_count_for_one_another, setup),
		cmocka_unit_test_setup(a_line_without_a_place_is_always_written, setup),
		cmocka_unit_test_setup(a_very_long_line_is_always_written, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
