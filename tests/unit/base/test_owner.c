/* test_private: what is ours alone, and what is said of what is not. */
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

#include "base/owner.h"

enum { NOBODY = 65534 };

struct place {
	char dir[64];
	char file[96];
};

static int
make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	int fd;

	assert_non_null(place);
	snprintf(place->dir, sizeof(place->dir), "/tmp/test_private.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	snprintf(place->file, sizeof(place->file), "%s/file", place->dir);
	fd = open(place->file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	*state = place;
	return 0;
}

static int
remove_place(void **state)
{
	struct place *place = *state;

	(void)unlink(place->file);
	assert_int_equal(rmdir(place->dir), 0);
	free(place);
	return 0;
}

static void
expect_fault(const char *path, const char *expected)
{
	char fault[OWNER_FAULT_SIZE] = "";

	assert_false(owner_check(path, fault));
	if (strstr(fault, expected) == NULL || strstr(fault, path) == NULL)
		fail_msg("expected \"%s\" and %s in: %s", expected, path, fault);
}

static void
what_is_closed_to_others_is_private(void **state)
{
	const struct place *place = *state;
	char fault[OWNER_FAULT_SIZE];

	assert_true(owner_check(place->dir, fault));
	assert_true(owner_check(place->file, fault));
	assert_int_equal(chmod(place->file, 0400), 0);
	assert_true(owner_check(place->file, fault));
}

static void
every_single_right_of_others_is_a_fault(void **state)
{
	static const mode_t rights[] = { 0040, 0020, 0010, 0004, 0002, 0001 };
	const struct place *place = *state;

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "mode %04o", 0600 | (unsigned)rights[i]);
		assert_int_equal(chmod(place->file, 0600 | rights[i]), 0);
		expect_fault(place->file, expected);
		expect_fault(place->file, "chmod 600");
		assert_int_equal(chmod(place->dir, 0700 | rights[i]), 0);
		expect_fault(place->dir, "chmod 700");
	}
}

static void
what_another_account_owns_is_a_fault_that_names_both(void **state)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(place->file, NOBODY, (gid_t)-1), 0);
	expect_fault(place->file, "belongs to nobody, but this program runs as root");
}

static void
what_is_not_there_is_a_fault(void **state)
{
	const struct place *place = *state;

	(void)unlink(place->file);
	expect_fault(place->file, "bearward init");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		TEST(what_is_closed_to_others_is_private),
		TEST(every_single_right_of_others_is_a_fault),
		TEST(what_another_account_owns_is_a_fault_that_names_both),
		TEST(what_is_not_there_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
