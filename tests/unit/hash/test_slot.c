/* test_hash_slot: so many hashes at once on this host, and no more. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "hash/slot.h"

struct place {
	char dir[64];
	char file[96];
};

static int
make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	snprintf(place->dir, sizeof(place->dir), "/tmp/test_hash_slot.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	snprintf(place->file, sizeof(place->file), "%s/hash.slots", place->dir);
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

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
as_many_are_given_as_there_are_slots(void **state)
{
	const struct place *place = *state;
	int slots[3], extra;

	for (int i = 0; i < 3; i++)
		assert_int_equal(hash_slot_acquire(place->file, 3, 1, 0, &slots[i]), ERR_OK);

	assert_int_equal(hash_slot_acquire(place->file, 3, 1, 0, &extra), ERR_OVERLOADED);
	assert_int_equal(extra, -1);

	for (int i = 0; i < 3; i++)
		hash_slot_release(slots[i]);
}

static void
a_released_slot_is_given_again(void **state)
{
	const struct place *place = *state;
	int first, second;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &first), ERR_OK);
	hash_slot_release(first);

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &second), ERR_OK);
	hash_slot_release(second);
}

static void
releasing_no_slot_does_nothing(void **state)
{
	(void)state;
	hash_slot_release(-1);
}

static void
the_file_is_private_and_closed_on_exec(void **state)
{
	const struct place *place = *state;
	struct stat st;
	int slot;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OK);

	assert_int_equal(stat(place->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fcntl(slot, F_GETFD) & FD_CLOEXEC);

	hash_slot_release(slot);
}

static void
a_full_house_is_waited_for_no_longer_than_allowed(void **state)
{
	const struct place *place = *state;
	int64_t begin;
	int held, slot;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &held), ERR_OK);
	begin = now_ms();

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 40, &slot), ERR_OVERLOADED);
	assert_true(now_ms() - begin >= 40);

	hash_slot_release(held);
}

static void *
release_when_wanted(void *slot)
{
	while (!hash_slot_is_wanted(*(int *)slot))
		(void)usleep(1000);
	hash_slot_release(*(int *)slot);
	return NULL;
}

static void
a_slot_that_becomes_free_in_time_is_given(void **state)
{
	const struct place *place = *state;
	pthread_t holder;
	int held, slot;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &held), ERR_OK);
	assert_int_equal(pthread_create(&holder, NULL, release_when_wanted, &held), 0);

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 60000, &slot), ERR_OK);

	assert_int_equal(pthread_join(holder, NULL), 0);
	hash_slot_release(slot);
}

static void
several_slots_are_given_together_or_not_at_all(void **state)
{
	const struct place *place = *state;
	int one, two, extra;

	assert_int_equal(hash_slot_acquire(place->file, 3, 1, 0, &one), ERR_OK);
	assert_int_equal(hash_slot_acquire(place->file, 3, 3, 0, &extra), ERR_OVERLOADED);
	assert_int_equal(hash_slot_acquire(place->file, 3, 2, 0, &two), ERR_OK);
	assert_int_equal(hash_slot_acquire(place->file, 3, 1, 0, &extra), ERR_OVERLOADED);

	hash_slot_release(one);
	hash_slot_release(two);
}

static void
free_slots_between_others_are_found(void **state)
{
	enum { WHOLE = 1 << 20 };
	const struct place *place = *state;
	int parts[4], extra;

	for (int i = 0; i < 4; i++)
		assert_int_equal(hash_slot_acquire(place->file, WHOLE, WHOLE / 4, 0, &parts[i]),
		    ERR_OK);
	hash_slot_release(parts[1]);
	assert_int_equal(hash_slot_acquire(place->file, WHOLE, WHOLE / 4 + 1, 0, &extra),
	    ERR_OVERLOADED);

	assert_int_equal(hash_slot_acquire(place->file, WHOLE, WHOLE / 4, 0, &parts[1]), ERR_OK);

	for (int i = 0; i < 4; i++)
		hash_slot_release(parts[i]);
}

static atomic_bool has_been_seen;

/* Waits for a slot and gives up, again and again. */
static void *
want_until_seen(void *file)
{
	int slot;

	while (!has_been_seen)
		assert_int_equal(hash_slot_acquire(file, 1, 1, 100, &slot), ERR_OVERLOADED);
	return NULL;
}

static void
a_slot_is_wanted_while_somebody_waits_for_one(void **state)
{
	struct place *place = *state;
	pthread_t other;
	int slot;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OK);
	assert_false(hash_slot_is_wanted(slot));

	assert_int_equal(pthread_create(&other, NULL, want_until_seen, place->file), 0);
	while (!hash_slot_is_wanted(slot))
		(void)usleep(1000);
	has_been_seen = true;

	assert_int_equal(pthread_join(other, NULL), 0);
	assert_false(hash_slot_is_wanted(slot));
	hash_slot_release(slot);
}

static void
a_slot_of_a_file_that_was_removed_or_replaced_is_wanted(void **state)
{
	const struct place *place = *state;
	char other[128];
	int slot;

	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OK);
	assert_false(hash_slot_is_wanted(slot));
	assert_int_equal(unlink(place->file), 0);
	assert_true(hash_slot_is_wanted(slot));
	hash_slot_release(slot);

	snprintf(other, sizeof(other), "%s/other", place->dir);
	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OK);
	assert_int_equal(close(open(other, O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(rename(other, place->file), 0);
	assert_true(hash_slot_is_wanted(slot));
	hash_slot_release(slot);
}

/* Starts a process that takes the only slot, and refuses more, until it is killed. */
static pid_t
start_holder(const char *file)
{
	int ready[2], slot, mark;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		hash_slot_mark_full(file, &mark);
		if (hash_slot_acquire(file, 1, 1, 0, &slot) != ERR_OK ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_true(pid > 0);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void
processes_share_slots_and_the_dead_hold_none(void **state)
{
	const struct place *place = *state;
	pid_t holder = start_holder(place->file);
	int slot, watch, mark;

	assert_int_equal(hash_slot_watch(place->file, &watch), ERR_OK);
	assert_true(hash_slot_is_any_full(watch));
	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OVERLOADED);
	assert_int_equal(kill(holder, SIGKILL), 0);
	assert_int_equal(waitpid(holder, NULL, 0), holder);

	assert_false(hash_slot_is_any_full(watch));
	hash_slot_mark_full(place->file, &mark);
	assert_int_equal(hash_slot_acquire(place->file, 1, 1, 0, &slot), ERR_OK);
	assert_true(hash_slot_is_any_full(watch));
	assert_false(hash_slot_is_wanted(slot));
	hash_slot_release(mark);
	assert_false(hash_slot_is_any_full(watch));
	hash_slot_release(slot);
	(void)close(watch);
}

static void
a_file_that_cannot_be_made_is_a_storage_failure(void **state)
{
	const struct place *place = *state;
	char file[128];
	int slot = 0;

	snprintf(file, sizeof(file), "%s/missing/hash.slots", place->dir);

	assert_int_equal(hash_slot_acquire(file, 1, 1, 1000, &slot), ERR_STORAGE);
	assert_int_equal(slot, -1);
	assert_int_equal(hash_slot_watch(file, &slot), ERR_STORAGE);
	hash_slot_mark_full(file, &slot);
	assert_int_equal(slot, -1);
}

#define TEST_IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_PLACE(as_many_are_given_as_there_are_slots),
		TEST_IN_PLACE(a_released_slot_is_given_again),
		cmocka_unit_test(releasing_no_slot_does_nothing),
		TEST_IN_PLACE(the_file_is_private_and_closed_on_exec),
		TEST_IN_PLACE(a_full_house_is_waited_for_no_longer_than_allowed),
		TEST_IN_PLACE(a_slot_that_becomes_free_in_time_is_given),
		TEST_IN_PLACE(several_slots_are_given_together_or_not_at_all),
		TEST_IN_PLACE(free_slots_between_others_are_found),
		TEST_IN_PLACE(a_slot_is_wanted_while_somebody_waits_for_one),
		TEST_IN_PLACE(a_slot_of_a_file_that_was_removed_or_replaced_is_wanted),
		TEST_IN_PLACE(processes_share_slots_and_the_dead_hold_none),
		TEST_IN_PLACE(a_file_that_cannot_be_made_is_a_storage_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
