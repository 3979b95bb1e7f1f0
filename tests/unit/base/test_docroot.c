/* test_docroot: what lies where the web server hands out files, by name and through links. */
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

#include "base/docroot.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

/* In a directory of its own: site/state, home/state, and links to and fro. */
static const char *const directories[] = { "site", "site/state", "site2", "home", "home/state" };
static const struct { const char *name, *target; } links[] = {
	{ "www", "site" },			/* another name of the document root */
	{ "into", "site/state" },		/* from outside into it */
	{ "site/out", "../home/state" },	/* from inside out of it */
};

static int
make_place(void **state)
{
	char *place = strdup("/tmp/test_docroot.XXXXXX");

	assert_non_null(place);
	assert_non_null(mkdtemp(place));
	assert_int_equal(chdir(place), 0);
	for (size_t i = 0; i < COUNT(directories); i++)
		assert_int_equal(mkdir(directories[i], 0700), 0);
	for (size_t i = 0; i < COUNT(links); i++)
		assert_int_equal(symlink(links[i].target, links[i].name), 0);
	*state = place;
	return 0;
}

static int
remove_place(void **state)
{
	char *place = *state;

	for (size_t i = COUNT(links); i-- > 0;)
		assert_int_equal(unlink(links[i].name), 0);
	for (size_t i = COUNT(directories); i-- > 0;)
		assert_int_equal(rmdir(directories[i]), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(place), 0);
	free(place);
	return 0;
}

static void
a_path_is_held_by_its_name_and_through_links(void **state)
{
	static const struct { const char *root, *path; int holds; } vectors[] = {
		{ "/site", "/site", 1 },
		{ "/site", "/site/state", 1 },
		{ "/site/", "/site/state", 1 },
		{ "/site", "/site/not/there", 1 },
		{ "/site", "/home/state", 0 },
		{ "/site", "/site2", 0 },
		{ "/site/state", "/site", 0 },
		{ "/not-there", "/not-there/state", 1 },
		{ "/not-there", "/home/state", 0 },
		/* links */
		{ "/www", "/site/state", 1 },
		{ "/site", "/www/state", 1 },
		{ "/site", "/into", 1 },
		{ "/site", "/site/out", 1 },
		{ "/www", "/site/out", 1 },
		/* what begins below and leads out again */
		{ "/site", "/site/state/../../home/state", 0 },
		{ "/site", "/home/state/../../site/state", 1 },
	};
	const char *place = *state;

	for (size_t i = 0; i < COUNT(vectors); i++) {
		char root[128], path[128];

		snprintf(root, sizeof(root), "%s%s", place, vectors[i].root);
		snprintf(path, sizeof(path), "%s%s", place, vectors[i].path);
		if (docroot_holds(root, path) != vectors[i].holds)
			fail_msg("%s in %s: expected %d", path, root, vectors[i].holds);
	}
}

static void
the_root_of_all_holds_everything(void **state)
{
	(void)state;

	assert_true(docroot_holds("/", "/var/lib/bearward"));
}

static void
what_is_no_absolute_path_holds_nothing(void **state)
{
	(void)state;

	assert_false(docroot_holds("", "/var/lib/bearward"));
	assert_false(docroot_holds("site", "site/state"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_held_by_its_name_and_through_links),
		cmocka_unit_test(the_root_of_all_holds_everything),
		cmocka_unit_test(what_is_no_absolute_path_holds_nothing),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
