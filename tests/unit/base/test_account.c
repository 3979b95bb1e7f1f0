/* test_account: what a process that was root can do once it has become another account. */
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/account.h"

enum { NOBODY = 65534, NAMELESS = 64999, OTHER_GROUP = 64998 };

/* Expects that check(uid) is true, in a process of its own: it may change its account. */
static void
expect_in_child(bool (*check)(uid_t uid), uid_t uid)
{
	pid_t child;
	int status = -1;

	if (geteuid() != 0)
		skip();
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(check(uid) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static bool
is_for_good(uid_t uid)
{
	uid_t real, effective, saved;
	gid_t groups[8];

	if (!account_become(uid, ACCOUNT_NO_GROUP) || getresuid(&real, &effective, &saved) != 0)
		return false;
	if (real != uid || effective != uid || saved != uid || account_is_root())
		return false;
	if (getgid() == 0 || getegid() == 0 || getgroups(8, groups) > 1)
		return false;
	return setuid(0) != 0 && seteuid(0) != 0 && setgid(0) != 0 && setgroups(0, NULL) != 0;
}

static void
who_has_become_another_account_is_never_root_again(void **state)
{
	(void)state;
	expect_in_child(is_for_good, NOBODY);
}

static void
an_account_without_a_name_keeps_no_group_of_roots(void **state)
{
	(void)state;
	expect_in_child(is_for_good, NAMELESS);
}

static bool
is_member_of_one_more(uid_t uid)
{
	gid_t groups[8];

	return account_become(uid, OTHER_GROUP) && getgroups(8, groups) >= 1 &&
	    group_member(OTHER_GROUP) && !group_member(0);
}

static void
who_becomes_another_account_can_be_in_one_more_group(void **state)
{
	(void)state;
	expect_in_child(is_member_of_one_more, NOBODY);
	expect_in_child(is_member_of_one_more, NAMELESS);
}

static bool
is_still_root(uid_t uid)
{
	return seteuid(uid) == 0 && account_is_root();
}

static void
who_can_become_root_again_is_root(void **state)
{
	(void)state;
	expect_in_child(is_still_root, NOBODY);
}

static bool
is_refused(uid_t uid)
{
	return account_become(uid, ACCOUNT_NO_GROUP) &&
	    !account_become(NAMELESS, ACCOUNT_NO_GROUP);
}

static void
who_is_not_root_becomes_nobody_else(void **state)
{
	(void)state;
	expect_in_child(is_refused, NOBODY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_become_another_account_is_never_root_again),
		cmocka_unit_test(an_account_without_a_name_keeps_no_group_of_roots),
		cmocka_unit_test(who_becomes_another_account_can_be_in_one_more_group),
		cmocka_unit_test(who_can_become_root_again_is_root),
		cmocka_unit_test(who_is_not_root_becomes_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
