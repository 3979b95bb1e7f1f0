/* test_counters: what all processes count adds up, whatever becomes of them and of the file. */
#include "store/counters.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { LAYOUT = 7, COUNT = 100, PROCESSES = 4, THREADS = 3, TIMES = 20000 };

struct fixture {
	char dir[64];
	char path[96];
	struct counters *counters;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_counters.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/metrics", f->dir);
	assert_int_equal(counters_open(f->path, LAYOUT, COUNT, &f->counters), ERR_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	counters_close(f->counters);
	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static uint64_t
value(struct counters *counters, size_t number)
{
	uint64_t values[COUNT];

	counters_read(counters, values);
	return values[number];
}

static struct counters *
open_another(const struct fixture *f, uint64_t layout, size_t count)
{
	struct counters *another;

	assert_int_equal(counters_open(f->path, layout, count, &another), ERR_OK);
	return another;
}

static void *
count_all(void *counters)
{
	for (size_t i = 0; i < TIMES; i++)
		counters_add(counters, i % COUNT, i % 3 + 1);
	return NULL;
}

/* A process that has the file open by itself, or from before it was forked. */
static void
count_in_threads(const struct fixture *f, int number)
{
	struct counters *counters = number % 2 == 0 ? f->counters :
	    open_another(f, LAYOUT, COUNT);
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count_all, counters) != 0)
			_exit(1);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	_exit(0);
}

static void
what_processes_and_threads_count_at_once_adds_up_exactly(void **state)
{
	const struct fixture *f = *state;
	uint64_t expected[COUNT] = {0}, values[COUNT];
	int status;

	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			count_in_threads(f, i);
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (size_t i = 0; i < TIMES; i++)
		expected[i % COUNT] += (i % 3 + 1) * PROCESSES * THREADS;
	counters_read(f->counters, values);
	assert_memory_equal(values, expected, sizeof(values));
}

static void
a_process_that_is_killed_loses_nothing_that_it_has_counted(void **state)
{
	const struct fixture *f = *state;
	_Atomic uint64_t *done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t before = 0;

	assert_true(done != MAP_FAILED);
	for (int i = 0; i < 50; i++) {
		const pid_t child = fork();

		while (child == 0) {
			counters_add(f->counters, 3, 1);
			atomic_fetch_add(done, 1);
		}
		while (atomic_load(done) < before + 100)
			;
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		/* Killed in between the two, it has counted one more. */
		assert_in_range(value(f->counters, 3) - atomic_load(done), 0, (uint64_t)i + 1);
		before = atomic_load(done);
	}
	counters_add(f->counters, 3, 1);
	assert_true(value(f->counters, 3) > before);
	assert_int_equal(munmap((void *)done, sizeof(*done)), 0);
}

static void
what_was_counted_is_there_when_the_file_is_opened_again(void **state)
{
	struct fixture *f = *state;
	struct counters *another;

	counters_add(f->counters, 0, 5);
	counters_add(f->counters, COUNT - 1, 6);
	another = open_another(f, LAYOUT, COUNT);
	assert_int_equal(value(another, 0), 5);
	assert_int_equal(value(another, COUNT - 1), 6);
	counters_close(another);
}

static void
a_file_of_another_layout_is_begun_anew_and_those_who_have_it_open_go_on(void **state)
{
	static const struct { uint64_t layout; size_t count; } others[] = {
		{ LAYOUT + 1, COUNT }, { LAYOUT, COUNT - 1 }, { LAYOUT, COUNTERS_MAX },
	};
	struct fixture *f = *state;
	uint64_t values[COUNTERS_MAX];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct counters *another, *again;

		counters_add(f->counters, 1, 1);
		another = open_another(f, others[i].layout, others[i].count);
		counters_read(another, values);
		assert_int_equal(values[1], 0);
		counters_add(another, 1, 10);
		counters_add(f->counters, 1, 1);
		assert_int_equal(value(f->counters, 1), 2 * (i + 1));
		again = open_another(f, others[i].layout, others[i].count);
		counters_read(again, values);
		assert_int_equal(values[1], 10);
		counters_close(again);
		counters_close(another);
	}
}

static void
what_is_no_file_of_ours_is_begun_anew_or_refused(void **state)
{
	static const char *const contents[] = { "", "nonsense", "bearward metrics 1\n" };
	struct fixture *f = *state;
	struct counters *another;
	struct stat status;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
		FILE *file = fopen(f->path, "w");

		assert_non_null(file);
		assert_true(fputs(contents[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		another = open_another(f, LAYOUT, COUNT);
		assert_int_equal(value(another, 1), 0);
		counters_close(another);
		assert_int_equal(stat(f->path, &status), 0);
		assert_int_equal(status.st_mode, S_IFREG | 0600);
	}
	/* A link to elsewhere is replaced, and what it leads to stays. */
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink("/dev/null", f->path), 0);
	counters_close(open_another(f, LAYOUT, COUNT));
	assert_int_equal(lstat(f->path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(counters_open(f->path, LAYOUT, COUNT, &another), ERR_STORAGE);
	assert_null(another);
	assert_int_equal(rmdir(f->path), 0);
}

static void
a_file_that_is_cut_short_meanwhile_is_made_whole(void **state)
{
	static const off_t lengths[] = { 0, 10, 4096, 8192 };
	struct fixture *f = *state;
	struct stat whole, status;

	/* The handler of the signal is cmocka's until the file is opened in the test itself. */
	counters_close(f->counters);
	f->counters = open_another(f, LAYOUT, COUNT);
	assert_int_equal(stat(f->path, &whole), 0);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		/* Some of them in a part that is still there. */
		(void)value(f->counters, 0);
		counters_add(f->counters, COUNT - 1, 1);
		assert_true(value(f->counters, COUNT - 1) >= 1);
		assert_int_equal(stat(f->path, &status), 0);
		assert_int_equal(status.st_size, whole.st_size);
		/* With its header: who comes next finds what was counted. */
		counters_close(f->counters);
		f->counters = open_another(f, LAYOUT, COUNT);
		assert_true(value(f->counters, COUNT - 1) >= 1);
	}
}

/* As on a full disk: the file cannot grow. */
static void
what_cannot_be_counted_is_lost_and_harms_nobody(void **state)
{
	struct fixture *f = *state;
	const struct rlimit none = { 100, RLIM_INFINITY };
	struct rlimit before;

	counters_close(f->counters);
	f->counters = open_another(f, LAYOUT, COUNT);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(truncate(f->path, 0), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	counters_add(f->counters, 1, 1);
	assert_int_equal(value(f->counters, 1), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	counters_add(f->counters, 1, 1);
	assert_int_equal(value(f->counters, 1), 1);
}

/* What a sanitizer or valgrind adds makes system calls of its own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* The kernel ends a process in this mode at any system call but the end of its thread. */
static void
count_without_system_calls(struct counters *counters)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
		_exit(2);
	for (size_t i = 0; i < TIMES; i++)
		counters_add(counters, i % COUNT, 1);
	(void)syscall(SYS_exit, value(counters, 5) == TIMES / COUNT ? 0 : 1);
}

static void
counting_takes_no_system_call(void **state)
{
	const struct fixture *f = *state;
	const char *preloaded = getenv("LD_PRELOAD");
	int status;
	pid_t child;

	if (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL)
		skip();
	if ((child = fork()) == 0)
		count_without_system_calls(f->counters);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_processes_and_threads_count_at_once_adds_up_exactly),
		TEST(a_process_that_is_killed_loses_nothing_that_it_has_counted),
		TEST(what_was_counted_is_there_when_the_file_is_opened_again),
		TEST(a_file_of_another_layout_is_begun_anew_and_those_who_have_it_open_go_on),
		TEST(what_is_no_file_of_ours_is_begun_anew_or_refused),
		TEST(a_file_that_is_cut_short_meanwhile_is_made_whole),
		TEST(what_cannot_be_counted_is_lost_and_harms_nobody),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		TEST(counting_takes_no_system_call),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
