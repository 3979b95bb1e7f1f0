/* test_seen: when a session was used is known to all processes, and costs no system call. */
#include "store/seen.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = SEEN_PLACES * SEEN_PLACE_SIZE };

static const int64_t NOW = 1800000000;		/* a whole minute */

struct fixture {
	char dir[64];
	char path[96];
	struct seen *seen;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_seen.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/seen", f->dir);
	assert_int_equal(seen_open(f->path, &f->seen), ERR_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	seen_close(f->seen);
	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static struct stat
look(const struct fixture *f)
{
	struct stat status;

	assert_int_equal(stat(f->path, &status), 0);
	return status;
}

static void
a_use_is_known_to_the_minute_and_never_as_later_than_it_was(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(seen_at(f->seen, 7), 0);
	for (int64_t second = 0; second < 60; second += 59) {
		seen_note(f->seen, 7, NOW + second);
		assert_int_equal(seen_at(f->seen, 7), NOW);
	}
	seen_note(f->seen, 7, NOW + 60);
	assert_int_equal(seen_at(f->seen, 7), NOW + 60);
	assert_int_equal(seen_at(f->seen, 8), 0);
}

static void
a_use_of_one_session_is_none_of_another(void **state)
{
	static const int64_t others[] = {
		SEEN_PLACES + 7, 2 * SEEN_PLACES + 7, 7 + (INT64_C(1) << 31), INT64_MAX, 0,
	};
	struct fixture *f = *state;

	seen_note(f->seen, 7, NOW);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(seen_at(f->seen, others[i]), 0);
	/* The place has one only. */
	seen_note(f->seen, SEEN_PLACES + 7, NOW);
	assert_int_equal(seen_at(f->seen, 7), 0);
	assert_int_equal(seen_at(f->seen, SEEN_PLACES + 7), NOW);
}

static void
a_use_is_known_to_whoever_opens_the_file(void **state)
{
	struct fixture *f = *state;
	struct seen *other;

	seen_note(f->seen, 1, NOW);
	assert_int_equal(seen_open(f->path, &other), ERR_OK);
	assert_int_equal(seen_at(other, 1), NOW);
	seen_note(other, 2, NOW);
	seen_close(other);
	assert_int_equal(seen_at(f->seen, 2), NOW);
}

static void
the_file_is_for_its_owner_alone_and_takes_no_room_before_it_is_used(void **state)
{
	const struct fixture *f = *state;
	const struct stat status = look(f);

	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(status.st_size, SIZE);
	assert_true(status.st_blocks * 512 < 65536);
}

static void
a_file_that_is_cut_short_meanwhile_is_made_whole(void **state)
{
	struct fixture *f = *state;

	/* The handler of the signal is cmocka's until the file is opened in the test itself. */
	seen_close(f->seen);
	assert_int_equal(seen_open(f->path, &f->seen), ERR_OK);
	seen_note(f->seen, 1, NOW);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(truncate(f->path, 0), 0);
		assert_int_equal(seen_at(f->seen, 1), 0);
		assert_int_equal(look(f).st_size, SIZE);
		assert_int_equal(truncate(f->path, 4096), 0);
		seen_note(f->seen, SEEN_PLACES - 1, NOW);
		assert_int_equal(seen_at(f->seen, SEEN_PLACES - 1), NOW);
		assert_int_equal(look(f).st_size, SIZE);
	}
}

static void
a_file_of_another_length_keeps_what_it_has(void **state)
{
	static const off_t lengths[] = { 4096, SIZE - 1, SIZE + 1, 4 * (off_t)SIZE, 4099 };
	struct fixture *f = *state;

	seen_note(f->seen, 1, NOW);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct seen *other;

		assert_int_equal(truncate(f->path, lengths[i]), 0);
		assert_int_equal(seen_open(f->path, &other), ERR_OK);
		assert_int_equal(seen_at(other, 1), NOW);
		seen_note(other, SEEN_PLACES - 1, NOW);
		assert_int_equal(seen_at(f->seen, SEEN_PLACES - 1), NOW);
		seen_close(other);
	}
}

static void
a_file_that_is_removed_is_begun_anew_by_the_next_who_opens_it(void **state)
{
	struct fixture *f = *state;
	struct seen *other;

	seen_note(f->seen, 1, NOW);
	assert_int_equal(unlink(f->path), 0);
	seen_note(f->seen, 2, NOW);
	assert_int_equal(seen_at(f->seen, 1), NOW);
	assert_int_equal(seen_open(f->path, &other), ERR_OK);
	assert_int_equal(seen_at(other, 1), 0);
	seen_close(other);
}

static void
what_is_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct seen *other;
	char target[128];

	snprintf(target, sizeof(target), "%s/elsewhere", f->dir);
	assert_int_equal(rename(f->path, target), 0);
	assert_int_equal(symlink(target, f->path), 0);
	assert_int_equal(seen_open(f->path, &other), ERR_STORAGE);
	assert_null(other);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(seen_open(f->path, &other), ERR_STORAGE);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(seen_open(f->path, &other), ERR_STORAGE);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(unlink(target), 0);
}

/* What a sanitizer or valgrind adds makes system calls of its own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The kernel ends a process in this mode at any system call but the end of its thread. */
static void
use_without_system_calls(struct seen *seen)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		_exit(2);
	for (int64_t id = 0; id < SEEN_PLACES; id += 97) {
		seen_note(seen, id, NOW);
		if (seen_at(seen, id) != NOW)
			(void)syscall(SYS_exit, 1);
	}
	(void)syscall(SYS_exit, 0);
}

static void
a_use_costs_no_system_call(void **state)
{
	const struct fixture *f = *state;
	const char *preloaded = getenv("LD_PRELOAD");
	int status;
	pid_t child;

	if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL)
		skip();
	if ((child = fork()) == 0)
		use_without_system_calls(f->seen);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(seen_at(f->seen, 97), NOW);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_use_is_known_to_the_minute_and_never_as_later_than_it_was),
		TEST(a_use_of_one_session_is_none_of_another),
		TEST(a_use_is_known_to_whoever_opens_the_file),
		TEST(the_file_is_for_its_owner_alone_and_takes_no_room_before_it_is_used),
		TEST(a_file_that_is_cut_short_meanwhile_is_made_whole),
		TEST(a_file_of_another_length_keeps_what_it_has),
		TEST(a_file_that_is_removed_is_begun_anew_by_the_next_who_opens_it),
		TEST(what_is_no_file_is_refused),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		TEST(a_use_costs_no_system_call),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
