/* test_lines: text lines and their numbers. */
#include "text/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
lines_end_in_every_way_and_can_be_read_again(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "a\r\n\nb\rc\nd";
	static const char *const expected[] = { "a", "", "b\rc", "d" };
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	char fault[LINES_FAULT_SIZE];
	struct lines lines;
	bool is_there;

	(void)state;
	assert_int_equal(lines_init(&lines, in), ERR_OK);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 4; i++) {
			assert_int_equal(lines_next(&lines, &is_there, fault), ERR_OK);
			assert_true(is_there);
			assert_string_equal(lines.text, expected[i]);
			assert_int_equal(lines.len, strlen(expected[i]));
			assert_int_equal(lines.number, i + 1);
		}
		assert_int_equal(lines_next(&lines, &is_there, fault), ERR_OK);
		assert_false(is_there);
		lines_rewind(&lines);
	}
	lines_clear(&lines);
	fclose(in);
}

static void
a_line_of_a_mib_is_read_and_a_longer_one_refused(void **state)
{
	static char text[LINES_LEN_MAX + 1];
	char fault[LINES_FAULT_SIZE];
	struct lines lines;
	bool is_there;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t len = LINES_LEN_MAX; len <= LINES_LEN_MAX + 1; len++) {
		FILE *in = fmemopen(text, len, "r");

		assert_int_equal(lines_init(&lines, in), ERR_OK);
		assert_int_equal(lines_next(&lines, &is_there, fault),
		    len <= LINES_LEN_MAX ? ERR_OK : ERR_REFUSED);
		lines_clear(&lines);
		fclose(in);
	}
	assert_string_equal(fault, "line 1 is longer than a MiB");
}

static void
a_directory_cannot_be_read(void **state)
{
	char fault[LINES_FAULT_SIZE];
	FILE *in = fopen("/", "re");
	struct lines lines;
	bool is_there;

	(void)state;
	assert_int_equal(lines_init(&lines, in), ERR_OK);
	assert_int_equal(lines_next(&lines, &is_there, fault), ERR_REFUSED);
	assert_string_equal(fault, "line 1 cannot be read: Is a directory");
	lines_clear(&lines);
	fclose(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_every_way_and_can_be_read_again),
		cmocka_unit_test(a_line_of_a_mib_is_read_and_a_longer_one_refused),
		cmocka_unit_test(a_directory_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
