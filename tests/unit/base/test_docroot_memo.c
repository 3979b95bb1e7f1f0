/* test_docroot_memo: a document root is looked at once, unless it holds what it must not. */
#include "base/docroot_memo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64];
	char state[96], site[96], link[96];
	struct docroot_memo *memo;
};

static int
set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	snprintf(p->dir, sizeof(p->dir), "/tmp/test_docroot_memo.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->state, sizeof(p->state), "%s/state", p->dir);
	snprintf(p->site, sizeof(p->site), "%s/site", p->dir);
	snprintf(p->link, sizeof(p->link), "%s/link", p->dir);
	assert_int_equal(mkdir(p->state, 0700), 0);
	assert_int_equal(mkdir(p->site, 0700), 0);
	assert_int_equal(symlink("site", p->link), 0);
	assert_non_null(p->memo = docroot_memo_new(p->state));
	*state = p;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *p = *state;

	docroot_memo_free(p->memo);
	(void)unlink(p->link);
	(void)rmdir(p->state);
	(void)rmdir(p->site);
	(void)rmdir(p->dir);
	free(p);
	return 0;
}

static void
a_root_that_holds_the_path_is_found_out_each_time(void **state)
{
	struct place *p = *state;

	assert_true(docroot_memo_holds(p->memo, p->dir));
	assert_true(docroot_memo_holds(p->memo, p->dir));
	assert_true(docroot_memo_holds(p->memo, p->state));
}

static void
a_harmless_root_is_looked_at_once(void **state)
{
	struct place *p = *state;

	assert_false(docroot_memo_holds(p->memo, p->link));

	/* Only a second look would see that it leads elsewhere now. */
	assert_int_equal(unlink(p->link), 0);
	assert_int_equal(symlink("state", p->link), 0);
	assert_false(docroot_memo_holds(p->memo, p->link));
}

static void
what_is_no_absolute_path_holds_nothing(void **state)
{
	struct place *p = *state;

	assert_false(docroot_memo_holds(p->memo, ""));
	assert_false(docroot_memo_holds(p->memo, "state"));
}

static void
more_roots_than_are_remembered_are_still_judged(void **state)
{
	struct place *p = *state;
	char root[128];

	for (int i = 0; i < 40; i++) {
		snprintf(root, sizeof(root), "%s/%d", p->site, i);
		assert_false(docroot_memo_holds(p->memo, root));
	}
	assert_true(docroot_memo_holds(p->memo, p->dir));
	assert_false(docroot_memo_holds(p->memo, p->site));
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(a_root_that_holds_the_path_is_found_out_each_time),
		WITH_PLACE(a_harmless_root_is_looked_at_once),
		WITH_PLACE(what_is_no_absolute_path_holds_nothing),
		WITH_PLACE(more_roots_than_are_remembered_are_still_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
