/* test_owner: what is ours alone, or open to a group, and what is said of what is not. */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/owner.h"

enum { NOBODY = 65534, GROUP = 64998, OTHER_GROUP = 64997 };

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
	snprintf(place->dir, sizeof(place->dir), "/tmp/test_owner.XXXXXX");
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

/* Looks at a directory, or at a file of it where one is named. */
static bool
look(const struct place *place, const char *file, char fault[OWNER_FAULT_SIZE])
{
	return file == NULL ? owner_check(place->dir, fault) :
	    owner_check_file(place->dir, file, fault);
}

static void
expect_fault(const struct place *place, const char *file, const char *expected)
{
	const char *path = file == NULL ? place->dir : file;
	char fault[OWNER_FAULT_SIZE] = "";

	assert_false(look(place, file, fault));
	if (strstr(fault, expected) == NULL || strstr(fault, path) == NULL)
		fail_msg("expected \"%s\" and %s in: %s", expected, path, fault);
}

static void
expect_no_fault(const struct place *place, const char *file)
{
	char fault[OWNER_FAULT_SIZE] = "";

	if (!look(place, file, fault))
		fail_msg("expected no fault: %s", fault);
}

static void
what_is_closed_to_others_is_private(void **state)
{
	const struct place *place = *state;

	expect_no_fault(place, NULL);
	expect_no_fault(place, place->file);
	assert_int_equal(chmod(place->file, 0400), 0);
	expect_no_fault(place, place->file);
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
		expect_fault(place, place->file, expected);
		expect_fault(place, place->file, "chmod 600");
		assert_int_equal(chmod(place->dir, 0700 | rights[i]), 0);
		expect_fault(place, NULL, "chmod 700");
		assert_int_equal(chmod(place->dir, 0700), 0);
	}
}

static void
what_another_account_owns_is_a_fault_that_names_both(void **state)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(place->file, NOBODY, (gid_t)-1), 0);
	expect_fault(place, place->file, "belongs to nobody, but this program runs as root");
	assert_int_equal(chown(place->dir, NOBODY, (gid_t)-1), 0);
	expect_fault(place, NULL, "belongs to nobody, but this program runs as root");
}

static void
what_is_not_there_is_a_fault(void **state)
{
	const struct place *place = *state;

	(void)unlink(place->file);
	expect_fault(place, place->file, "bearward init");
}

static void
a_directory_is_shared_by_one_mode_alone(void **state)
{
	static const mode_t others[] = { 0750, 02755, 02770, 02751, 02710, 03750, 02740 };
	const struct place *place = *state;

	assert_int_equal(chmod(place->dir, 02750), 0);
	expect_no_fault(place, NULL);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(chmod(place->dir, others[i]), 0);
		expect_fault(place, NULL, "is open to others");
	}
}

static void
files_of_a_shared_directory_are_open_to_its_group_and_nobody_else(void **state)
{
	static const mode_t wrong[] = { 0670, 0664, 0662, 0661 };
	const struct place *place = *state;

	assert_int_equal(chmod(place->dir, 02750), 0);
	assert_int_equal(chmod(place->file, 0660), 0);
	expect_no_fault(place, place->file);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(chmod(place->file, wrong[i]), 0);
		expect_fault(place, place->file, "chmod 660");
	}
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(place->file, 0660), 0);
	assert_int_equal(chown(place->file, (uid_t)-1, OTHER_GROUP), 0);
	expect_fault(place, place->file, "is open to others");
}

static mode_t
mode_of_new_file(const struct place *place)
{
	struct stat st;
	int fd;

	(void)unlink(place->file);
	fd = owner_open_file(place->file, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	(void)close(fd);
	return st.st_mode & 07777;
}

static void
a_new_file_is_open_to_the_group_where_its_directory_is(void **state)
{
	const struct place *place = *state;

	(void)umask(077);
	assert_int_equal(mode_of_new_file(place), 0600);
	assert_int_equal(chmod(place->dir, 02750), 0);
	assert_int_equal(mode_of_new_file(place), 0660);
	assert_int_equal(chmod(place->dir, 0750), 0);
	assert_int_equal(mode_of_new_file(place), 0600);
}

/* What a process of another account that is in the group is told, and of one that is not. */
static void
look_as_another(const struct place *place, gid_t group)
{
	char fault[OWNER_FAULT_SIZE] = "";
	struct owner owner;
	bool is_fine;

	if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(NOBODY) != 0)
		_exit(2);
	is_fine = owner_find(place->dir, &owner, fault) && owner.account == 0 &&
	    owner_check_file(place->dir, place->file, fault);
	if (group == GROUP)
		_exit(is_fine && !owner_check(place->dir, fault) ? 0 : 1);
	_exit(!is_fine && strstr(fault, "make nobody a member") != NULL ? 0 : 1);
}

static void
expect_of_another(const struct place *place, gid_t group)
{
	pid_t child = fork();
	int status = -1;

	assert_true(child >= 0);
	if (child == 0)
		look_as_another(place, group);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
members_of_the_group_may_use_a_shared_directory_and_nobody_else(void **state)
{
	const struct place *place = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(place->dir, (uid_t)-1, GROUP), 0);
	assert_int_equal(chmod(place->dir, 02750), 0);
	assert_int_equal(chown(place->file, (uid_t)-1, GROUP), 0);
	assert_int_equal(chmod(place->file, 0660), 0);
	expect_of_another(place, GROUP);
	expect_of_another(place, OTHER_GROUP);
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
		TEST(a_directory_is_shared_by_one_mode_alone),
		TEST(files_of_a_shared_directory_are_open_to_its_group_and_nobody_else),
		TEST(a_new_file_is_open_to_the_group_where_its_directory_is),
		TEST(members_of_the_group_may_use_a_shared_directory_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
