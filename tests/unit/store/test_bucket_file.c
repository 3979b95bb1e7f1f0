/* test_bucket_file: processes that count at the same moment count in one file. */
#include "store/bucket_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRIES = 8, NOW = 100 };

/* The one that another process has open. */
static struct bucket_file first;

static uint32_t
now(void)
{
	return NOW;
}

static uint32_t
later(void)
{
	return NOW + 10;
}

/* Reads the clock; before anything else is done, the other process takes an attempt. */
static uint32_t
now_and_then_another_counts(void)
{
	bucket_file_note(&first, NOW + 1);
	return NOW;
}

static int
set_up(void **state)
{
	char *dir = strdup("/tmp/test_bucket_file.XXXXXX");

	assert_non_null(dir);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(bucket_file_open("attempts", ENTRIES, now, &first), ERR_OK);
	atomic_store(&first.entries[0], 7);
	*state = dir;
	return 0;
}

static int
tear_down(void **state)
{
	bucket_file_close(&first);
	assert_int_equal(unlink("attempts"), 0);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

/* What another process finds in the first place when it opens the file by that clock. */
static uint64_t
find_by(uint32_t (*clock)(void))
{
	struct bucket_file file;
	uint64_t found;

	assert_int_equal(bucket_file_open("attempts", ENTRIES, clock, &file), ERR_OK);
	found = atomic_load(&file.entries[0]);
	bucket_file_close(&file);
	return found;
}

static void
what_was_counted_is_found_by_the_next(void **state)
{
	(void)state;
	bucket_file_note(&first, NOW);

	assert_int_equal(find_by(now), 7);
	assert_int_equal(find_by(later), 7);
}

static void
an_attempt_that_is_taken_while_the_file_is_opened_forgives_none(void **state)
{
	(void)state;
	assert_int_equal(find_by(now_and_then_another_counts), 7);
}

static void
a_file_of_an_earlier_boot_is_made_anew(void **state)
{
	(void)state;
	bucket_file_note(&first, NOW + 10);

	assert_int_equal(find_by(now), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_counted_is_found_by_the_next, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    an_attempt_that_is_taken_while_the_file_is_opened_forgives_none, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(a_file_of_an_earlier_boot_is_made_anew, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
