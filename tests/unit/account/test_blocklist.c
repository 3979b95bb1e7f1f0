/* test_blocklist: passwords nobody may choose. */
#include "account/blocklist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/blocklist-XXXXXX";

static int
write_list(void **state)
{
	FILE *file = fdopen(mkstemp(path), "w");

	(void)state;
	if (file == NULL)
		return -1;
	fputs("password1\r\n  spaced  \n\nletmein12", file);
	return fclose(file);
}

static int
remove_list(void **state)
{
	(void)state;
	return unlink(path);
}

static bool
is_blocked(const char *password)
{
	bool blocked = false;

	assert_int_equal(blocklist_check(path, password, &blocked), ERR_OK);
	return blocked;
}

static void
whole_lines_are_blocked_and_nothing_else(void **state)
{
	(void)state;
	assert_true(is_blocked("password1"));
	assert_true(is_blocked("  spaced  "));
	assert_true(is_blocked("letmein12"));
	assert_false(is_blocked("password"));
	assert_false(is_blocked("password12"));
	assert_false(is_blocked("spaced"));
}

static void
no_list_blocks_nothing(void **state)
{
	bool blocked = true;

	(void)state;
	assert_int_equal(blocklist_check("", "password1", &blocked), ERR_OK);
	assert_false(blocked);
}

static void
a_list_that_cannot_be_read_admits_no_password(void **state)
{
	bool blocked = false;

	(void)state;
	assert_int_equal(blocklist_check("/nonexistent/list", "anything", &blocked), ERR_STORAGE);
	assert_true(blocked);
	assert_int_equal(blocklist_check("/", "anything", &blocked), ERR_STORAGE);
	assert_true(blocked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_lines_are_blocked_and_nothing_else),
		cmocka_unit_test(no_list_blocks_nothing),
		cmocka_unit_test(a_list_that_cannot_be_read_admits_no_password),
	};

	return cmocka_run_group_tests(tests, write_list, remove_list);
}
