/* test_write_lock: writers take the lock in turn, or give up. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store/sqlite/write_lock.h"

enum { LONG = 60000, SHORT = 30 };	/* milliseconds */

struct fixture {
	char directory[64];
	char path[128];			/* of write.lock */
	struct config config;
	struct write_lock lock;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/bearward-lock-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/write.lock", f->directory);
	f->config.state_dir = f->directory;
	assert_int_equal(write_lock_open(&f->config, &f->lock), ERR_OK);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char queue[128];

	write_lock_close(&f->lock);
	snprintf(queue, sizeof(queue), "%s/write.queue", f->directory);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(unlink(queue), 0);
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

/* Returns whether somebody waits for write.lock itself, as the kernel tells. */
static bool
somebody_waits(const struct fixture *f)
{
	FILE *locks = fopen("/proc/locks", "r");
	char line[256], inode[32];
	bool is_found = false;
	struct stat st;

	assert_non_null(locks);
	assert_int_equal(stat(f->path, &st), 0);
	snprintf(inode, sizeof(inode), ":%lu ", (unsigned long)st.st_ino);
	while (fgets(line, sizeof(line), locks) != NULL)
		if (strstr(line, "-> FLOCK") != NULL && strstr(line, inode) != NULL)
			is_found = true;
	fclose(locks);
	return is_found;
}

static void
wait_until_somebody_waits(const struct fixture *f)
{
	const int64_t until = clock_ms() + LONG;

	while (!somebody_waits(f)) {
		assert_true(clock_ms() < until);
		usleep(1000);
	}
}

static bool
is_free(const struct fixture *f)
{
	int fd = open(f->path, O_RDWR | O_CLOEXEC);
	bool is_locked = flock(fd, LOCK_EX | LOCK_NB) == 0;

	close(fd);
	return is_locked;
}

static void
a_lock_excludes_others_until_it_is_released(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_lock_take(&f->lock, clock_ms() + LONG), ERR_OK);
	assert_false(is_free(f));
	write_lock_release(&f->lock);
	assert_true(is_free(f));
}

static void
a_lock_that_somebody_keeps_is_given_up_and_can_be_taken_later(void **state)
{
	struct fixture *f = *state;
	int fd = open(f->path, O_RDWR | O_CLOEXEC);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	for (int wait = 0; wait <= SHORT; wait += SHORT) {
		assert_int_equal(write_lock_take(&f->lock, clock_ms() + wait), ERR_STORAGE);
		assert_int_equal(errno, ETIMEDOUT);
	}
	close(fd);
	assert_int_equal(write_lock_take(&f->lock, clock_ms()), ERR_OK);
	write_lock_release(&f->lock);
}

static void
who_waits_gives_up_although_the_thread_blocks_all_signals_and_still_does(void **state)
{
	struct fixture *f = *state;
	int fd = open(f->path, O_RDWR | O_CLOEXEC);
	sigset_t all, before, after;

	(void)sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, &before), 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(write_lock_take(&f->lock, clock_ms() + SHORT), ERR_STORAGE);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, &after), 0);
	assert_true(sigismember(&after, SIGRTMIN));
	close(fd);
}

struct writer {
	struct write_lock lock;
	atomic_int *turns;	/* how many have had the lock */
	int turn;		/* this one's */
};

static void *
take_a_turn(void *arg)
{
	struct writer *writer = arg;

	if (write_lock_take(&writer->lock, clock_ms() + LONG) == ERR_OK) {
		writer->turn = atomic_fetch_add(writer->turns, 1) + 1;
		write_lock_release(&writer->lock);
	}
	return NULL;
}

static void
who_has_waited_goes_before_who_has_just_released(void **state)
{
	struct fixture *f = *state;
	atomic_int turns = 0;
	struct writer waiting = { .turns = &turns }, again = { .lock = f->lock, .turns = &turns };
	pthread_t thread;

	assert_int_equal(write_lock_open(&f->config, &waiting.lock), ERR_OK);
	for (int round = 0; round < 50; round++) {
		atomic_store(&turns, 0);
		assert_int_equal(write_lock_take(&f->lock, clock_ms() + LONG), ERR_OK);
		assert_int_equal(pthread_create(&thread, NULL, take_a_turn, &waiting), 0);
		wait_until_somebody_waits(f);

		write_lock_release(&f->lock);
		(void)take_a_turn(&again);
		assert_int_equal(pthread_join(thread, NULL), 0);

		assert_int_equal(waiting.turn, 1);
		assert_int_equal(again.turn, 2);
	}
	write_lock_close(&waiting.lock);
}

static void
a_lock_is_free_when_the_process_that_has_it_is_killed(void **state)
{
	struct fixture *f = *state;
	int pipes[2], status;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	if ((pid = fork()) == 0) {
		struct write_lock lock;

		if (write_lock_open(&f->config, &lock) != ERR_OK ||
		    write_lock_take(&lock, clock_ms() + LONG) != ERR_OK)
			_exit(1);
		(void)!write(pipes[1], "x", 1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	assert_int_equal(write_lock_take(&f->lock, clock_ms() + SHORT), ERR_STORAGE);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(write_lock_take(&f->lock, clock_ms() + LONG), ERR_OK);
	write_lock_release(&f->lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(pipes[0]);
	close(pipes[1]);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(a_lock_excludes_others_until_it_is_released),
		WITH(a_lock_that_somebody_keeps_is_given_up_and_can_be_taken_later),
		WITH(who_waits_gives_up_although_the_thread_blocks_all_signals_and_still_does),
		WITH(who_has_waited_goes_before_who_has_just_released),
		WITH(a_lock_is_free_when_the_process_that_has_it_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
