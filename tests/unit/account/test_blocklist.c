/* test_blocklist: passwords nobody may choose. */
#include "account/blocklist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/blocklist-XXXXXX";

static int
make_list(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
remove_list(void **state)
{
	(void)state;
	return unlink(path);
}

static void
write_list(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Writes 0000000@, 0000002@ and so on: as many lines, and so many bytes in each. */
static void
write_even_numbers(unsigned count, int width)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (unsigned i = 0; i < count; i++)
		fprintf(file, "%0*u@\n", width, 2 * i);
	assert_int_equal(fclose(file), 0);
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
	write_list("\n  spaced  \nletmein12\npassword1\r\nzoo\xc3\xbc""berall");
	assert_true(is_blocked("password1"));
	assert_true(is_blocked("  spaced  "));
	assert_true(is_blocked("letmein12"));
	assert_true(is_blocked("zoo\xc3\xbc""berall"));
	assert_false(is_blocked("password"));
	assert_false(is_blocked("password12"));
	assert_false(is_blocked("spaced"));
	assert_false(is_blocked("zoo"));
}

static void
capitals_hide_no_line_of_small_letters(void **state)
{
	(void)state;
	write_list("Letmein12\npassword1\n");
	assert_true(is_blocked("PassWord1"));
	assert_true(is_blocked("Letmein12"));
	assert_false(is_blocked("letmein12"));
}

static void
each_line_of_a_long_list_is_found_and_nothing_between(void **state)
{
	static const int widths[] = { 7, 8, 40, 1000, 4093, 4094 };
	char password[5000];

	(void)state;
	for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		const unsigned count = widths[w] < 100 ? 3000 : 40;

		write_even_numbers(count, widths[w]);
		for (unsigned i = 0; i <= 2 * count; i++) {
			snprintf(password, sizeof(password), "%0*u@", widths[w], i);
			assert_int_equal(is_blocked(password), i < 2 * count && i % 2 == 0);
		}
		assert_false(is_blocked("!"));
		assert_false(is_blocked("z"));
	}
}

/* How many bytes this process has read so far. */
static unsigned long
bytes_read(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	unsigned long count = 0;

	if (file == NULL || fscanf(file, "rchar: %lu", &count) != 1)
		skip();
	fclose(file);
	return count;
}

static void
a_look_reads_little_of_a_long_list(void **state)
{
	unsigned long before, short_list, long_list;

	(void)state;
	write_even_numbers(1000, 12);
	before = bytes_read();
	assert_false(is_blocked("000000000777@"));
	short_list = bytes_read() - before;

	write_even_numbers(500000, 12);
	before = bytes_read();
	assert_false(is_blocked("000000333333@"));
	long_list = bytes_read() - before;

	assert_in_range(short_list, 1, 100 * 1024);
	assert_in_range(long_list, 1, 400 * 1024);
}

static void
no_list_blocks_nothing(void **state)
{
	bool blocked = true;

	(void)state;
	assert_int_equal(blocklist_check("", "password1", &blocked), ERR_OK);
	assert_false(blocked);
	write_list("");
	assert_false(is_blocked("password1"));
}

static void
a_list_that_cannot_be_read_admits_no_password(void **state)
{
	bool blocked = false;

	(void)state;
	assert_int_equal(blocklist_check("/nonexistent/list", "anything", &blocked), ERR_STORAGE);
	assert_true(blocked);
	blocked = false;
	assert_int_equal(blocklist_check("/", "anything", &blocked), ERR_STORAGE);
	assert_true(blocked);
}

static void
a_list_that_is_not_sorted_admits_no_password(void **state)
{
	FILE *file = fopen(path, "w");
	bool blocked = false;

	(void)state;
	assert_non_null(file);
	for (unsigned i = 0; i < 100000; i++)
		fprintf(file, "%06u%u\n", i * 7919 % 100003, i);
	assert_int_equal(fclose(file), 0);

	assert_int_equal(blocklist_check(path, "another one", &blocked), ERR_STORAGE);
	assert_true(blocked);
}

static void
a_list_with_a_line_that_is_no_password_admits_none(void **state)
{
	bool blocked = false;

	(void)state;
	write_even_numbers(5, 4095);
	assert_int_equal(blocklist_check(path, "anything", &blocked), ERR_STORAGE);
	assert_true(blocked);
}

static void
an_inspection_tells_how_to_mend_the_list(void **state)
{
	char fault[BLOCKLIST_FAULT_SIZE];

	(void)state;
	assert_int_equal(blocklist_inspect("", fault), ERR_OK);
	write_list("\nAlpha\n\nbeta");
	assert_int_equal(blocklist_inspect(path, fault), ERR_SETUP);
	assert_non_null(strstr(fault, ", line 3: "));
	assert_non_null(strstr(fault, "LC_ALL=C sort -o"));

	write_even_numbers(2, 4095);
	assert_int_equal(blocklist_inspect(path, fault), ERR_SETUP);
	assert_non_null(strstr(fault, ", line 1: a line has more than 4,095 bytes"));

	write_list("\n\nAlpha\r\nAlpha\nbeta");
	assert_int_equal(blocklist_inspect(path, fault), ERR_OK);

	assert_int_equal(blocklist_inspect("/nonexistent/list", fault), ERR_SETUP);
	assert_non_null(strstr(fault, "No such file"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_lines_are_blocked_and_nothing_else),
		cmocka_unit_test(capitals_hide_no_line_of_small_letters),
		cmocka_unit_test(each_line_of_a_long_list_is_found_and_nothing_between),
		cmocka_unit_test(a_look_reads_little_of_a_long_list),
		cmocka_unit_test(no_list_blocks_nothing),
		cmocka_unit_test(a_list_that_cannot_be_read_admits_no_password),
		cmocka_unit_test(a_list_that_is_not_sorted_admits_no_password),
		cmocka_unit_test(a_list_with_a_line_that_is_no_password_admits_none),
		cmocka_unit_test(an_inspection_tells_how_to_mend_the_list),
	};

	return cmocka_run_group_tests(tests, make_list, remove_list);
}
