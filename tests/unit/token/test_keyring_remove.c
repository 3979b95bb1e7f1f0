/* test_keyring_remove: which keys can be removed, and that those who borrow later miss them. */
#include <sys/wait.h>

#include "state_dir.h"

static void
a_removed_key_is_missed_by_those_who_borrow_later(void **state)
{
	const struct keys *keys;
	struct keyring *keyring;
	struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);

	(void)state;
	assert_int_equal(keyring_remove(config_of(s), KID_2002, KEYRING_KEEP_LAST), ERR_OK);

	keyring_return(keyring, keys);
	keys = keyring_borrow(keyring);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	assert_null(keys_get(keys, 1));
	close_two_keys(s, keyring, keys);
}

static void
nobody_goes_by_a_look_from_before_it_was_removed(void **state)
{
	const struct keys *keys;
	struct keyring *keyring;
	struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);

	(void)state;
	keyring_return(keyring, keys);
	keys = keyring_borrow_recent(keyring);
	assert_non_null(keys_get(keys, 1));

	assert_int_equal(keyring_remove(config_of(s), KID_2002, KEYRING_KEEP_LAST), ERR_OK);

	keyring_return(keyring, keys);
	keys = keyring_borrow_recent(keyring);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	assert_null(keys_get(keys, 1));
	close_two_keys(s, keyring, keys);
}

static void
a_key_that_is_taken_away_by_hand_is_missed_in_a_moment(void **state)
{
	const struct keys *keys;
	struct keyring *keyring;
	struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);

	(void)state;
	remove_key(s, KID_2002);

	while (keys_get(keys, 1) != NULL) {
		keyring_return(keyring, keys);
		keys = keyring_borrow_recent(keyring);
	}
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	close_two_keys(s, keyring, keys);
}

static void
the_last_key_is_removed_only_when_it_is_to_be(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	keyring_return(keyring, keys);

	assert_int_equal(keyring_remove(config_of(s), KID_2001, KEYRING_KEEP_LAST), ERR_REFUSED);
	keys = keyring_borrow(keyring);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	keyring_return(keyring, keys);

	assert_int_equal(keyring_remove(config_of(s), KID_2001, KEYRING_TAKE_LAST), ERR_OK);
	keys = keyring_borrow(keyring);
	assert_null(keys);
	close_keyring(keyring, keys);
}

/* None of these could sign in place of the one that is removed. */
static void
files_that_are_no_keys_do_not_count(void **state)
{
	const struct state_dir *s = *state;

	write_key(s, KID_2001, SECRET_A, 0600);
	write_key(s, "short", "bbbbbbbb", 0600);
	write_key(s, "open", SECRET_B, 0644);
	write_key(s, KID_2001 "~", SECRET_B, 0600);
	write_key(s, "." KID_2001, SECRET_B, 0600);

	assert_int_equal(keyring_remove(config_of(s), KID_2001, KEYRING_KEEP_LAST), ERR_REFUSED);

	/* But they can be removed. */
	assert_int_equal(keyring_remove(config_of(s), "short", KEYRING_KEEP_LAST), ERR_OK);
	assert_int_equal(keyring_remove(config_of(s), "open", KEYRING_KEEP_LAST), ERR_OK);
}

static void
a_key_that_is_not_there_is_said_to_be_unknown(void **state)
{
	static const char *const kids[] = {
		"unknown", "", ".", "..", "../keys/" KID_2001, "./" KID_2001, ".hidden", "a b",
		"the-key-234567890123456789012345678901234567890123456789012345678",	/* 65 */
	};
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	write_key(s, ".hidden", SECRET_A, 0600);
	for (size_t i = 0; i < COUNT(kids); i++)
		assert_int_equal(keyring_remove(config_of(s), kids[i], KEYRING_TAKE_LAST),
		    ERR_NO_KEY);

	keyring = open_keyring(s, &keys);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	close_keyring(keyring, keys);
}

static void
without_a_directory_of_keys_nothing_can_be_removed(void **state)
{
	const struct state_dir *s = *state;
	char path[PATH_SIZE];

	path_of(s, "", path);
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(keyring_remove(config_of(s), KID_2001, KEYRING_KEEP_LAST), ERR_STORAGE);
	assert_non_null(strstr(logged(s), "cannot remove a signing key"));
}

static void
of_two_processes_that_remove_a_key_each_one_leaves_the_last(void **state)
{
	const struct state_dir *s = *state;
	const char *const kids[] = { KID_2001, KID_2002 };
	int statuses[2];

	for (int round = 0; round < 20; round++) {
		pid_t children[2];

		write_key(s, KID_2001, SECRET_A, 0600);
		write_key(s, KID_2002, SECRET_B, 0600);
		for (int i = 0; i < 2; i++)
			if ((children[i] = fork()) == 0)
				_exit(keyring_remove(config_of(s), kids[i], KEYRING_KEEP_LAST) !=
				    ERR_OK);
		for (int i = 0; i < 2; i++)
			assert_int_equal(waitpid(children[i], &statuses[i], 0), children[i]);

		assert_int_equal(WEXITSTATUS(statuses[0]) + WEXITSTATUS(statuses[1]), 1);
	}
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, state_dir_set_up, state_dir_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_removed_key_is_missed_by_those_who_borrow_later),
		cmocka_unit_test(nobody_goes_by_a_look_from_before_it_was_removed),
		cmocka_unit_test(a_key_that_is_taken_away_by_hand_is_missed_in_a_moment),
		TEST(the_last_key_is_removed_only_when_it_is_to_be),
		TEST(files_that_are_no_keys_do_not_count),
		TEST(a_key_that_is_not_there_is_said_to_be_unknown),
		TEST(without_a_directory_of_keys_nothing_can_be_removed),
		TEST(of_two_processes_that_remove_a_key_each_one_leaves_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
