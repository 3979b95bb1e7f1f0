/* test_buckets_mapped: attempts are counted one by one, for all processes, in a fixed file. */
#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/buckets.h"

enum { ENTRIES = 1024, MANY_ENTRIES = 131072, ONE_LINE = 8, PROCESSES = 8, TRIES = 400 };

/* Seconds since the boot, and what the system's clock says; the test sets both. */
static int64_t boot_clock, system_clock;

/* In place of the C library's: tells the time of the test. */
int
clock_gettime(clockid_t clock, struct timespec *now)
{
	*now = (struct timespec){ .tv_sec = clock == CLOCK_BOOTTIME ? boot_clock : system_clock };
	return 0;
}

struct fixture {
	char dir[64];
	char path[96];
	struct buckets *buckets;
};

static void
open_file(struct fixture *f, size_t entries)
{
	assert_int_equal(buckets_open_mapped(f->path, entries, &f->buckets), ERR_OK);
}

static void
open_again(struct fixture *f)
{
	buckets_close(f->buckets);
	open_file(f, ENTRIES);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	boot_clock = 1000;
	system_clock = 1800000000;
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_buckets.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/attempts", f->dir);
	open_file(f, ENTRIES);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	buckets_close(f->buckets);
	(void)unlink(f->path);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

/* 5 at once, then one in 60 s. */
static struct bucket
of_account(const char *account)
{
	return (struct bucket){ BUCKET_STRANGERS, account, NULL, { 5, 60 } };
}

/* Takes an attempt. Returns 0, or the milliseconds until there is another one. */
static int64_t
take(struct buckets *buckets, const struct bucket *bucket)
{
	struct buckets_refusal refusal;
	const enum err err = buckets_take(buckets, bucket, 1, &refusal);

	if (err == ERR_OK)
		return 0;
	assert_int_equal(err, ERR_ATTEMPTS);
	assert_int_equal(refusal.which, 0);
	return refusal.wait_ms;
}

static struct buckets_level
look(struct buckets *buckets, const struct bucket *bucket)
{
	struct buckets_level level;

	assert_int_equal(buckets_look(buckets, bucket, 1, &level), ERR_OK);
	return level;
}

static int
take_all(struct fixture *f, const struct bucket *bucket)
{
	int count = 0;

	while (take(f->buckets, bucket) == 0)
		count++;
	return count;
}

static void
file_opened_again_remembers(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	open_again(f);
	assert_int_equal(take_all(f, &bucket), 0);
}

static void
change_of_the_system_clock_gives_nothing_back(void **state)
{
	static const int64_t clocks[] = { 0, 1800000000 + 86400, 4000000000 };
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		system_clock = clocks[i];
		assert_int_equal(take_all(f, &bucket), 0);
		open_again(f);
		assert_int_equal(take_all(f, &bucket), 0);
	}
}

static void
restart_of_the_host_locks_nobody_out(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");

	assert_int_equal(take_all(f, &bucket), 5);
	boot_clock = 5;
	open_again(f);
	assert_int_equal(take_all(f, &bucket), 5);
	assert_int_equal(take(f->buckets, &bucket), 60000);
}

static off_t
size_of_file(const struct fixture *f)
{
	struct stat status;

	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_blocks * 512 >= status.st_size, 1);
	return status.st_size;
}

static void
no_number_of_names_makes_the_file_grow(void **state)
{
	struct fixture *f = *state;
	const off_t before = size_of_file(f);
	size_t counts[BUCKET_KINDS], sum = 0;
	char name[32];

	for (int i = 0; i < 20 * ENTRIES; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		const struct bucket bucket = of_account(name);
		assert_int_equal(take(f->buckets, &bucket), 0);
	}
	assert_int_equal(size_of_file(f), before);
	assert_int_equal(buckets_count(f->buckets, counts), ERR_OK);
	for (int kind = 0; kind < BUCKET_KINDS; kind++)
		sum += counts[kind];
	assert_in_range(sum, ENTRIES / 2, ENTRIES);
}

static void
bucket_that_is_empty_outlives_any_number_of_names_tried_once(void **state)
{
	struct fixture *f = *state;
	const struct bucket victim = of_account("alice");
	char name[32];

	assert_int_equal(take_all(f, &victim), 5);
	for (int i = 0; i < 20 * ENTRIES; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		const struct bucket bucket = of_account(name);
		assert_int_equal(take(f->buckets, &bucket), 0);
	}
	assert_int_equal(take_all(f, &victim), 0);
}

static void
entry_that_is_full_again_soonest_gives_way(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "new" };
	struct fixture *f = *state;
	struct bucket buckets[9];

	buckets_close(f->buckets);
	open_file(f, ONE_LINE);
	for (int i = 0; i < 9; i++) {
		buckets[i] = of_account(names[i]);
		assert_int_equal(take(f->buckets, &buckets[i]), 0);
		if (i != 3 && i != 8)
			assert_int_equal(take(f->buckets, &buckets[i]), 0);
	}
	for (int i = 0; i < 9; i++)
		if (i != 3)
			assert_int_equal(take_all(f, &buckets[i]), i == 8 ? 4 : 3);
}

static void
file_that_is_not_ours_is_replaced_and_a_link_is_not_followed(void **state)
{
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	char target[128];
	struct stat status;
	int fd;

	buckets_close(f->buckets);
	f->buckets = NULL;
	snprintf(target, sizeof(target), "%s/target", f->dir);
	fd = open(target, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mine", 4), 4);
	(void)close(fd);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink(target, f->path), 0);

	open_file(f, ENTRIES);
	assert_int_equal(take_all(f, &bucket), 5);
	assert_int_equal(stat(target, &status), 0);
	assert_int_equal(status.st_size, 4);
	assert_int_equal(unlink(target), 0);
}

/* Here the process would end. */
static void
file_that_is_cut_short_is_made_whole_for_all(void **state)
{
	static const off_t lengths[] = { 0, 100, 4096, 4096 + 100 };
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	size_t counts[BUCKET_KINDS];
	struct stat before, after;

	assert_int_equal(stat(f->path, &before), 0);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(truncate(f->path, 0), 0);
		assert_int_equal(take_all(f, &bucket), 5);
		open_again(f);
		assert_int_equal(take_all(f, &bucket), 0);
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		buckets_give_back(f->buckets, &bucket, 1);
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		assert_int_equal(buckets_fill(f->buckets, &bucket), ERR_OK);
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		assert_int_equal(buckets_fill_all(f->buckets), ERR_OK);
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		assert_int_equal(look(f->buckets, &bucket).taken, 0);
		assert_int_equal(truncate(f->path, lengths[i]), 0);
		assert_int_equal(buckets_count(f->buckets, counts), ERR_OK);
		assert_int_equal(counts[BUCKET_STRANGERS], 0);
	}
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_ino, before.st_ino);
}

/* Replacing it would forgive all. */
static void
file_that_may_not_be_opened_is_reported_and_stays(void **state)
{
	const uid_t nobody = 65534;
	struct fixture *f = *state;
	const struct bucket bucket = of_account("alice");
	struct buckets *none;

	if (geteuid() != 0)
		skip();
	assert_int_equal(take_all(f, &bucket), 5);
	assert_int_equal(chown(f->dir, nobody, (gid_t)-1), 0);
	assert_int_equal(seteuid(nobody), 0);
	assert_int_equal(buckets_open_mapped(f->path, ENTRIES, &none), ERR_STORAGE);
	assert_int_equal(seteuid(0), 0);
	assert_null(none);
	open_again(f);
	assert_int_equal(take_all(f, &bucket), 0);
}

static void
file_that_cannot_be_made_is_reported(void **state)
{
	struct fixture *f = *state;
	struct buckets *none;
	char path[128];

	snprintf(path, sizeof(path), "%s/missing/attempts", f->dir);
	assert_int_equal(buckets_open_mapped(path, ENTRIES, &none), ERR_STORAGE);
	assert_null(none);
}

/* Opens the file for itself, and takes from all buckets in turn; counts what it got of each. */
static void
take_in_a_process(const struct fixture *f, int number, atomic_int *taken)
{
	struct buckets *buckets;
	char name[32];

	if (buckets_open_mapped(f->path, MANY_ENTRIES, &buckets) != ERR_OK)
		_exit(1);
	for (int i = 0; i < TRIES; i++) {
		/* In another order in each process, and each bucket by all of them. */
		const int which = (i * 7 + number) % TRIES;

		snprintf(name, sizeof(name), "name%d", which);
		const struct bucket bucket = of_account(name);
		if (take(buckets, &bucket) == 0)
			atomic_fetch_add(&taken[which], 1);
	}
	_exit(0);
}

static void
processes_together_take_no_more_than_there_are(void **state)
{
	const size_t size = TRIES * sizeof(atomic_int);
	struct fixture *f = *state;
	atomic_int *taken = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	int status;

	assert_ptr_not_equal(taken, MAP_FAILED);
	for (int i = 0; i < PROCESSES; i++) {
		const pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			take_in_a_process(f, i, taken);
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	/* With so many entries none has to give way. */
	for (int i = 0; i < TRIES; i++)
		assert_int_equal(taken[i], 5);
	(void)munmap(taken, size);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(file_opened_again_remembers),
		TEST(change_of_the_system_clock_gives_nothing_back),
		TEST(restart_of_the_host_locks_nobody_out),
		TEST(no_number_of_names_makes_the_file_grow),
		TEST(bucket_that_is_empty_outlives_any_number_of_names_tried_once),
		TEST(entry_that_is_full_again_soonest_gives_way),
		TEST(file_that_is_not_ours_is_replaced_and_a_link_is_not_followed),
		TEST(file_that_is_cut_short_is_made_whole_for_all),
		TEST(file_that_may_not_be_opened_is_reported_and_stays),
		TEST(file_that_cannot_be_made_is_reported),
		TEST(processes_together_take_no_more_than_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
