/* test_whole_file: files that are written whole, or not at all. */
#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int here;	/* the directory of a test */

static int
make_directory(void **state)
{
	char path[] = "/tmp/bearward-whole-file-XXXXXX";

	assert_non_null(mkdtemp(path));
	*state = strdup(path);
	assert_int_equal(chdir(path), 0);
	here = open(".", O_RDONLY | O_DIRECTORY);
	return here < 0;
}

static int
remove_directory(void **state)
{
	(void)unlink("file");
	(void)unlink("beside");
	(void)rmdir("taken");
	(void)close(here);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void
assert_file(const char *name, mode_t mode, const char *text)
{
	char content[64] = "";
	FILE *file = fopen(name, "r");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	(void)!fread(content, 1, sizeof(content) - 1, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(st.st_mode & 07777, mode);
	assert_string_equal(content, text);
}

static void
a_file_is_replaced_and_has_its_mode_whatever_the_umask(void **state)
{
	const mode_t before = umask(077);

	(void)state;
	assert_true(whole_file_write(here, "beside", "file", 0644, "one"));
	assert_file("file", 0644, "one");
	assert_true(whole_file_write(here, "beside", "file", 0600, "two, longer"));
	assert_file("file", 0600, "two, longer");
	assert_int_equal(access("beside", F_OK), -1);
	(void)umask(before);
}

static void
what_a_killed_process_has_left_is_no_obstacle(void **state)
{
	const int left = open("beside", O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_int_equal(write(left, "half of a much longer text", 26), 26);
	assert_int_equal(close(left), 0);

	assert_true(whole_file_write(here, "beside", "file", 0600, "whole"));

	assert_file("file", 0600, "whole");
}

static void
a_failure_leaves_what_was_there_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(mkdir("taken", 0700), 0);

	assert_false(whole_file_write(here, "beside", "taken", 0600, "text"));

	assert_int_equal(errno, EISDIR);
	assert_int_equal(access("taken", F_OK), 0);
	assert_int_equal(access("beside", F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_file_is_replaced_and_has_its_mode_whatever_the_umask, make_directory,
		    remove_directory),
		cmocka_unit_test_setup_teardown(what_a_killed_process_has_left_is_no_obstacle,
		    make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(a_failure_leaves_what_was_there_and_nothing_else,
		    make_directory, remove_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
