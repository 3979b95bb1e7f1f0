/* test_spool: files without a name. */
#include "base/spool.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_file_has_no_name_and_is_closed_to_others(void **state)
{
	char directory[] = "/tmp/bearward-spool-XXXXXX";
	struct stat st;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(spool_new(directory, &file), ERR_OK);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(fstat(fileno(file), &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fclose(file);
}

static void
a_directory_that_is_missing_is_an_error(void **state)
{
	FILE *file;

	(void)state;
	assert_int_equal(spool_new("/nonexistent/directory", &file), ERR_STORAGE);
	assert_int_equal(errno, ENOENT);
	assert_null(file);
}

static void
everything_is_copied_or_it_is_said_which_file_failed(void **state)
{
	static char text[100000];
	char read_back[sizeof(text) + 1];
	FILE *from = tmpfile(), *to = tmpfile(), *directory = fopen("/", "re");
	FILE *full = fopen("/dev/full", "we");
	bool was_reading;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(fwrite(text, 1, sizeof(text), from), sizeof(text));
	rewind(from);
	assert_int_equal(spool_copy(from, to, &was_reading), ERR_OK);
	rewind(to);
	assert_int_equal(fread(read_back, 1, sizeof(read_back), to), sizeof(text));

	rewind(from);
	assert_int_equal(spool_copy(from, full, &was_reading), ERR_STORAGE);
	assert_false(was_reading);
	assert_int_equal(spool_copy(directory, to, &was_reading), ERR_STORAGE);
	assert_true(was_reading);
	assert_int_equal(errno, EISDIR);
	fclose(from);
	fclose(to);
	fclose(directory);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_no_name_and_is_closed_to_others),
		cmocka_unit_test(a_directory_that_is_missing_is_an_error),
		cmocka_unit_test(everything_is_copied_or_it_is_said_which_file_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
