/* test_keyring_add: a key that is added is private, and newer than every other. */
#include <sys/wait.h>

#include "state_dir.h"

/* Expects that key of that id to sign. */
/* Adds a secret, or a random one for NULL, that signs at once. */
static enum err
add(const struct state_dir *s, const char *secret, char kid[KEY_ID_SIZE])
{
	const struct keyring_new new = { .alg = KEY_HS256, .text = secret };

	return keyring_add(config_of(s), &new, kid);
}

static void
assert_signs(const struct state_dir *s, const char *kid)
{
	const struct keys *keys;
	struct keyring *keyring = open_keyring(s, &keys);

	assert_string_equal(key_id(keys_get_signing(keys, time(NULL))), kid);
	close_keyring(keyring, keys);
}

static void
an_added_key_has_a_private_file_and_signs(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE], path[PATH_SIZE];
	const struct keys *keys;
	struct keyring *keyring;
	struct stat st;

	write_key(s, "old", SECRET_A, 0600);

	assert_int_equal(add(s, SECRET_B, kid), ERR_OK);

	path_of(s, kid, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	keyring = open_keyring(s, &keys);
	assert_key(keys_get_signing(keys, time(NULL)), kid, SECRET_B);
	assert_null(keys_get(keys, 2));
	close_keyring(keyring, keys);
}

/* What the tutorial calls SECRET_KEY, for whoever copies it, and for the releases before. */
static void
the_file_of_a_key_is_its_secret_and_a_line_end(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE], path[PATH_SIZE], content[128] = "";
	int fd;

	assert_int_equal(add(s, SECRET_B, kid), ERR_OK);

	path_of(s, kid, path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(read(fd, content, sizeof(content) - 1) > 0);
	assert_int_equal(close(fd), 0);
	assert_string_equal(content, SECRET_B "\n");
}

static void
a_new_key_is_dated_by_the_clock(void **state)
{
	const struct state_dir *s = *state;
	const time_t before = time(NULL);
	char kid[KEY_ID_SIZE];
	const struct keys *keys;
	struct keyring *keyring;

	assert_int_equal(add(s, NULL, kid), ERR_OK);

	keyring = open_keyring(s, &keys);
	assert_in_range(key_created_at(keys_get_signing(keys, time(NULL))), before, time(NULL));
	close_keyring(keyring, keys);
}

static void
of_keys_made_within_a_second_the_last_one_signs(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE];

	/* If their random digits decided, one of them would not be the newest. */
	for (int i = 0; i < 30; i++) {
		assert_int_equal(add(s, NULL, kid), ERR_OK);
		assert_signs(s, kid);
	}
}

/* Each child makes keys, and writes the ids in the order in which they were made. */
static void
keys_made_by_several_processes_at_once_have_different_dates(void **state)
{
	enum { PROCESSES = 4, KEYS_EACH = 5 };
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		const pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			char kid[KEY_ID_SIZE];
			bool is_made = true;

			for (int j = 0; j < KEYS_EACH; j++)
				is_made = is_made && add(s, NULL, kid) == ERR_OK;
			_exit(is_made ? 0 : 1);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}

	keyring = open_keyring(s, &keys);
	assert_null(keys_get(keys, (size_t)PROCESSES * KEYS_EACH));
	for (size_t i = 1; i < (size_t)PROCESSES * KEYS_EACH; i++)
		assert_true(key_created_at(keys_get(keys, i)) <
		    key_created_at(keys_get(keys, i - 1)));
	close_keyring(keyring, keys);
}

static void
a_new_key_signs_though_the_clock_has_been_put_back(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE];

	write_key(s, "29991231T235959-ffffffff", SECRET_A, 0600);

	assert_int_equal(add(s, NULL, kid), ERR_OK);

	assert_int_equal(strncmp(kid, "30000101T000000-", 16), 0);
	assert_signs(s, kid);
}

static void
after_the_last_moment_an_id_can_tell_no_key_is_added(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE] = "before";

	write_key(s, "99991231T235959-00000000", SECRET_A, 0600);

	assert_int_equal(add(s, NULL, kid), ERR_STORAGE);

	assert_string_equal(kid, "");
	assert_non_null(strstr(logged(s), "9999"));
}

static void
made_up_secrets_are_64_hex_digits_and_differ(void **state)
{
	const struct state_dir *s = *state;
	char content[2][128] = { "", "" };

	for (size_t i = 0; i < COUNT(content); i++) {
		char kid[KEY_ID_SIZE], path[PATH_SIZE];
		int fd;

		assert_int_equal(add(s, NULL, kid), ERR_OK);
		path_of(s, kid, path);
		fd = open(path, O_RDONLY);
		assert_int_equal(read(fd, content[i], sizeof(content[i]) - 1), 65);
		assert_int_equal(close(fd), 0);
		assert_int_equal(strspn(content[i], "0123456789abcdef"), 64);
	}

	assert_string_not_equal(content[0], content[1]);
}

static void
adding_makes_a_private_directory_where_there_is_none(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE], path[PATH_SIZE];
	struct stat st;

	path_of(s, "", path);
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(add(s, NULL, kid), ERR_OK);

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_signs(s, kid);
}

static void
a_secret_that_could_not_be_read_back_is_not_added(void **state)
{
	static const char *const secrets[] = {
		"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", SECRET_A "\n", "a\n" SECRET_A,
		SECRET_A "\xc3\xa4",
	};
	const struct state_dir *s = *state;
	char too_long[KEY_SECRET_MAX + 2];
	char kid[KEY_ID_SIZE], path[PATH_SIZE];

	for (size_t i = 0; i < COUNT(secrets); i++)
		assert_int_equal(add(s, secrets[i], kid), ERR_REFUSED);
	memset(too_long, 'a', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	assert_int_equal(add(s, too_long, kid), ERR_REFUSED);

	path_of(s, "", path);
	assert_int_equal(rmdir(path), 0);	/* still empty */
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
a_key_that_cannot_be_written_is_a_storage_failure(void **state)
{
	char kid[KEY_ID_SIZE] = "before";

	(void)state;
	assert_int_equal(add(&(struct state_dir){ .dir = "/nonexistent/state" }, SECRET_A, kid),
	    ERR_STORAGE);
	assert_string_equal(kid, "");
	assert_null(strstr(logged(*state), SECRET_A));
}

/* Adds a random key of ES256, which signs at once. */
static enum err
add_halves(const struct state_dir *s, char kid[KEY_ID_SIZE])
{
	const struct keyring_new new = { .alg = KEY_ES256 };

	return keyring_add(config_of(s), &new, kid);
}

/* With one more, no process would start. */
static void
no_key_is_added_that_would_be_one_too_many(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE];
	const struct keys *keys;
	struct keyring *keyring;

	for (int i = 1; i < KEYS_MAX; i++) {
		snprintf(kid, sizeof(kid), "key-%d", i);
		write_key(s, kid, SECRET_A, 0600);
	}
	assert_int_equal(add_halves(s, kid), ERR_OK);

	assert_int_equal(add(s, NULL, kid), ERR_STORAGE);
	assert_non_null(strstr(logged(s), "64"));
	assert_int_equal(add_halves(s, kid), ERR_STORAGE);

	keyring = open_keyring(s, &keys);
	assert_non_null(keys_get(keys, KEYS_MAX - 1));
	close_keyring(keyring, keys);
}

static void
preparing_makes_the_first_key_and_no_second(void **state)
{
	const struct state_dir *s = *state;
	char first[KEY_ID_SIZE], second[KEY_ID_SIZE] = "before";
	const struct keys *keys;
	struct keyring *keyring;

	assert_int_equal(keyring_prepare(config_of(s), KEY_HS256, first), ERR_OK);
	assert_int_equal(keyring_prepare(config_of(s), KEY_HS256, second), ERR_OK);

	assert_string_equal(second, "");
	keyring = open_keyring(s, &keys);
	assert_string_equal(key_id(keys_get_signing(keys, time(NULL))), first);
	assert_null(keys_get(keys, 1));
	close_keyring(keyring, keys);
}

static void
preparing_passes_over_dot_files_but_not_over_a_bad_key(void **state)
{
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE];

	write_key(s, ".the-key.swp", "garbage", 0644);
	assert_int_equal(keyring_prepare(config_of(s), KEY_HS256, kid), ERR_OK);
	assert_string_not_equal(kid, "");
	remove_key(s, kid);

	write_key(s, "the-key", "short", 0600);
	assert_int_equal(keyring_prepare(config_of(s), KEY_HS256, kid), ERR_SETUP);
	assert_string_equal(kid, "");
	assert_non_null(strstr(logged(s), "the-key"));
}

static void
preparing_without_a_state_directory_is_a_storage_failure(void **state)
{
	char kid[KEY_ID_SIZE] = "before";

	assert_int_equal(keyring_prepare(
	    config_of(&(struct state_dir){ .dir = "/nonexistent/state" }), KEY_HS256, kid),
	    ERR_STORAGE);
	assert_string_equal(kid, "");
	assert_non_null(strstr(logged(*state), "/nonexistent/state"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, state_dir_set_up, state_dir_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_added_key_has_a_private_file_and_signs),
		TEST(the_file_of_a_key_is_its_secret_and_a_line_end),
		TEST(a_new_key_is_dated_by_the_clock),
		TEST(of_keys_made_within_a_second_the_last_one_signs),
		TEST(keys_made_by_several_processes_at_once_have_different_dates),
		TEST(a_new_key_signs_though_the_clock_has_been_put_back),
		TEST(after_the_last_moment_an_id_can_tell_no_key_is_added),
		TEST(made_up_secrets_are_64_hex_digits_and_differ),
		TEST(adding_makes_a_private_directory_where_there_is_none),
		TEST(a_secret_that_could_not_be_read_back_is_not_added),
		TEST(a_key_that_cannot_be_written_is_a_storage_failure),
		TEST(no_key_is_added_that_would_be_one_too_many),
		TEST(preparing_makes_the_first_key_and_no_second),
		TEST(preparing_passes_over_dot_files_but_not_over_a_bad_key),
		TEST(preparing_without_a_state_directory_is_a_storage_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
