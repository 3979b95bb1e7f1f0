/* test_keyring: which key files are taken, which stop the start, and what a change does. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "token/keyring.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

#define SECRET_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SECRET_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

enum { PATH_SIZE = 256 };

/* A state directory of its own, and stderr in a file while the test runs. */
struct fixture {
	char dir[64];
	int stderr_before;
	int stderr_file;
};

/* The key of that id, or NULL. */
static const struct key *
find_key(const struct keyring *keyring, const char *kid)
{
	const struct key *key;

	for (size_t i = 0; (key = keyring_get(keyring, i)) != NULL; i++)
		if (strcmp(key->kid, kid) == 0)
			return key;
	return NULL;
}

static void
path_of(const struct fixture *f, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/keys/%s", f->dir, name);
}

static void
write_key(const struct fixture *f, const char *name, const char *content, mode_t mode)
{
	char path[PATH_SIZE];
	int fd;

	path_of(f, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static void
set_time(const struct fixture *f, const char *name, time_t seconds, long nanoseconds)
{
	const struct timespec times[2] = {
		{ seconds, nanoseconds }, { seconds, nanoseconds },
	};
	char path[PATH_SIZE];

	path_of(f, name, path);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
remove_key(const struct fixture *f, const char *name)
{
	char path[PATH_SIZE];

	path_of(f, name, path);
	assert_int_equal(unlink(path), 0);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[PATH_SIZE], log[PATH_SIZE];

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/test_keyring.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	path_of(f, "", path);
	assert_int_equal(mkdir(path, 0700), 0);

	snprintf(log, sizeof(log), "%s/log", f->dir);
	f->stderr_before = dup(STDERR_FILENO);
	f->stderr_file = open(log, O_RDWR | O_CREAT | O_APPEND, 0600);
	assert_true(f->stderr_before >= 0 && f->stderr_file >= 0);
	assert_true(dup2(f->stderr_file, STDERR_FILENO) >= 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[PATH_SIZE];

	(void)dup2(f->stderr_before, STDERR_FILENO);
	(void)close(f->stderr_before);
	(void)close(f->stderr_file);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

/* What has been logged since the last time it was asked. */
static const char *
logged(const struct fixture *f)
{
	static char text[8192];
	ssize_t len = pread(f->stderr_file, text, sizeof(text) - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	assert_int_equal(ftruncate(f->stderr_file, 0), 0);
	return text;
}

static void
assert_refused_naming(const struct fixture *f, const char *name)
{
	struct keyring *keyring = NULL;
	const char *log;

	assert_int_equal(keyring_open(f->dir, &keyring), ERR_SETUP);

	assert_null(keyring);
	log = logged(f);
	if (strstr(log, name) == NULL)
		fail_msg("expected %s to be named, came: %s", name, log);
	assert_null(strstr(log, "aaaaaaaa"));
	assert_null(strstr(log, "bbbbbbbb"));
}

static void
assert_key(const struct key *key, const char *kid, const char *secret)
{
	assert_non_null(key);
	assert_string_equal(key->kid, kid);
	assert_int_equal(key->secret_len, strlen(secret));
	assert_memory_equal(key->secret, secret, key->secret_len);
}

/* Long enough ago that nothing more can happen at that very moment. */
static void
let_directory_settle(const struct fixture *f, time_t seconds)
{
	set_time(f, "", seconds, 0);
}

static void
keys_are_told_newest_first(void **state)
{
	static const struct {
		const char *kid;
		long nanoseconds;
	} newest_first[] = { { "b", 500 }, { "d", 400 }, { "c", 400 }, { "a", 100 } };
	const struct fixture *f = *state;
	struct keyring *keyring;

	for (size_t i = 0; i < COUNT(newest_first); i++) {
		write_key(f, newest_first[i].kid, SECRET_A, 0600);
		set_time(f, newest_first[i].kid, 1700000000, newest_first[i].nanoseconds);
	}

	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);

	for (size_t i = 0; i < COUNT(newest_first); i++)
		assert_key(keyring_get(keyring, i), newest_first[i].kid, SECRET_A);
	assert_null(keyring_get(keyring, COUNT(newest_first)));
	assert_ptr_equal(keyring_get_signing_key(keyring), keyring_get(keyring, 0));
	assert_int_equal(keyring_get(keyring, 0)->created_at.tv_sec, 1700000000);
	keyring_close(keyring);
}

static void
a_key_is_found_by_its_exact_id_only(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;

	write_key(f, "key-A_1", SECRET_A, 0600);
	write_key(f, "key-B", SECRET_B, 0400);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);

	assert_key(find_key(keyring, "key-A_1"), "key-A_1", SECRET_A);
	assert_key(find_key(keyring, "key-B"), "key-B", SECRET_B);
	assert_null(find_key(keyring, "key-b"));
	assert_null(find_key(keyring, "key-A_"));
	assert_null(find_key(keyring, ""));
	keyring_close(keyring);
}

static void
one_line_end_does_not_belong_to_the_secret(void **state)
{
	static const char *const contents[] = { SECRET_A, SECRET_A "\n", SECRET_A "\r\n" };
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(contents); i++) {
		struct keyring *keyring;

		write_key(f, "key", contents[i], 0600);
		assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
		assert_key(find_key(keyring, "key"), "key", SECRET_A);
		keyring_close(keyring);
	}
}

static void
garbled_and_short_secrets_stop_the_start(void **state)
{
	static const char *const contents[] = {
		"",
		"\n",
		"short",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",		/* 31 */
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
		SECRET_A "\n\n",
		SECRET_A "\n" SECRET_A,
		SECRET_A "\r",
		SECRET_A "\r\r\n",
		"\n" SECRET_A,
		SECRET_A "\t",
		SECRET_A "\x7f",
		SECRET_A "\xc3\xa4",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(contents); i++) {
		write_key(f, "the-key", contents[i], 0600);
		assert_refused_naming(f, "the-key");
	}
}

static void
a_secret_has_1024_bytes_at_most(void **state)
{
	const struct fixture *f = *state;
	char content[KEY_SECRET_MAX + 4];
	struct keyring *keyring;

	memset(content, 'a', sizeof(content));
	snprintf(content + KEY_SECRET_MAX, 3, "\r\n");
	write_key(f, "the-key", content, 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	assert_int_equal(keyring_get(keyring, 0)->secret_len, KEY_SECRET_MAX);
	keyring_close(keyring);

	for (size_t extra = 1; extra <= 3; extra++) {
		memset(content, 'a', sizeof(content));
		content[KEY_SECRET_MAX + extra] = '\0';
		write_key(f, "the-key", content, 0600);
		assert_refused_naming(f, "the-key");
	}
}

static void
a_nul_in_a_secret_stops_the_start(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_SIZE];
	FILE *file;

	path_of(f, "the-key", path);
	write_key(f, "the-key", SECRET_A, 0600);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fwrite("\0aaaa", 1, 5, file), 5);
	assert_int_equal(fclose(file), 0);

	assert_refused_naming(f, "the-key");
}

static void
a_key_open_to_others_stops_the_start(void **state)
{
	static const mode_t modes[] = { 0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666 };
	const struct fixture *f = *state;

	write_key(f, "good", SECRET_A, 0600);
	for (size_t i = 0; i < COUNT(modes); i++) {
		write_key(f, "the-key", SECRET_B, modes[i]);
		assert_refused_naming(f, "the-key");
	}
}

static void
a_directory_open_to_others_stops_the_start(void **state)
{
	static const mode_t modes[] = { 0750, 0701, 0702, 0704, 0755 };
	const struct fixture *f = *state;
	char path[PATH_SIZE];

	path_of(f, "", path);
	write_key(f, "the-key", SECRET_A, 0600);
	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_refused_naming(f, "/keys");
	}
}

static void
a_key_of_another_user_stops_the_start(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_SIZE];

	if (geteuid() != 0)
		skip();		/* only root can give files away */
	path_of(f, "the-key", path);
	write_key(f, "the-key", SECRET_A, 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);

	assert_refused_naming(f, "the-key");
}

static void
what_is_not_a_regular_file_stops_the_start(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_SIZE], target[PATH_SIZE];

	path_of(f, "the-key", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused_naming(f, "the-key");
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused_naming(f, "the-key");
	assert_int_equal(unlink(path), 0);

	write_key(f, ".target", SECRET_A, 0600);
	path_of(f, ".target", target);
	assert_int_equal(symlink(target, path), 0);
	assert_refused_naming(f, "the-key");
}

static void
a_name_that_is_no_key_id_stops_the_start(void **state)
{
	static const char *const names[] = {
		"the-key.pem", "the-key~", "the key", "the-k\u00eby",
		"the-key-234567890123456789012345678901234567890123456789012345678",	/* 65 */
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		write_key(f, names[i], SECRET_A, 0600);
		assert_refused_naming(f, "the");
		remove_key(f, names[i]);
	}
}

static void
dot_files_are_passed_over(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;

	write_key(f, ".the-key.swp", "garbage", 0644);
	assert_refused_naming(f, "/keys");

	write_key(f, "key", SECRET_A, 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	assert_key(keyring_get(keyring, 0), "key", SECRET_A);
	assert_null(keyring_get(keyring, 1));
	keyring_close(keyring);
}

static void
no_key_or_no_directory_stops_the_start(void **state)
{
	const struct fixture *f = *state;
	char path[PATH_SIZE];

	assert_refused_naming(f, "/keys");
	path_of(f, "", path);
	assert_int_equal(rmdir(path), 0);
	assert_refused_naming(f, "/keys");
}

static void
more_keys_than_anyone_needs_stop_the_start(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	char name[16];

	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "key-%d", i);
		write_key(f, name, SECRET_A, 0600);
	}
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	assert_non_null(keyring_get(keyring, 63));
	keyring_close(keyring);

	write_key(f, "key-64", SECRET_A, 0600);
	assert_refused_naming(f, "/keys");
}

static void
a_refresh_sees_keys_come_and_go(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;

	write_key(f, "old", SECRET_A, 0600);
	set_time(f, "old", 1700000000, 0);
	let_directory_settle(f, 1700000000);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);

	write_key(f, "new", SECRET_B, 0600);
	keyring_refresh(keyring);
	assert_key(keyring_get_signing_key(keyring), "new", SECRET_B);
	assert_key(find_key(keyring, "old"), "old", SECRET_A);

	remove_key(f, "old");
	keyring_refresh(keyring);
	assert_null(find_key(keyring, "old"));
	assert_key(keyring_get_signing_key(keyring), "new", SECRET_B);
	keyring_close(keyring);
}

static void
a_refresh_of_a_settled_directory_reads_nothing(void **state)
{
	const struct fixture *f = *state;
	const struct key *before;
	struct keyring *keyring;

	write_key(f, "key", SECRET_A, 0600);
	let_directory_settle(f, 1700000000);
	(void)sleep(3);		/* of its two times, one cannot be set */
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	before = find_key(keyring, "key");
	write_key(f, "key", SECRET_B, 0600);	/* in place: not a change of the directory */

	keyring_refresh(keyring);

	assert_ptr_equal(find_key(keyring, "key"), before);
	assert_key(before, "key", SECRET_A);
	keyring_close(keyring);
}

static void
a_change_within_one_tick_of_the_clock_is_seen(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	time_t now = time(NULL);

	write_key(f, "key", SECRET_A, 0600);
	let_directory_settle(f, now);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	write_key(f, "new", SECRET_B, 0600);
	let_directory_settle(f, now);		/* the same time as before */

	keyring_refresh(keyring);

	assert_key(find_key(keyring, "new"), "new", SECRET_B);
	keyring_close(keyring);
}

static void
a_failed_refresh_keeps_the_keys_and_says_so_once(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;

	write_key(f, "key", SECRET_A, 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	write_key(f, "short", "aaaaaaaa", 0600);

	keyring_refresh(keyring);
	assert_non_null(strstr(logged(f), "short"));
	for (int i = 0; i < 3; i++)
		keyring_refresh(keyring);
	assert_string_equal(logged(f), "");
	assert_key(keyring_get_signing_key(keyring), "key", SECRET_A);
	assert_null(keyring_get(keyring, 1));

	(void)usleep(20 * 1000);	/* many a file system tells no times apart that are closer */
	write_key(f, "shorter", "aaaa", 0600);
	keyring_refresh(keyring);
	assert_string_not_equal(logged(f), "");
	keyring_close(keyring);
}

static void
a_directory_that_is_gone_keeps_the_keys_and_is_said_once(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	char path[PATH_SIZE], away[PATH_SIZE];

	write_key(f, "key", SECRET_A, 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	path_of(f, "", path);
	path_of(f, "../away", away);
	assert_int_equal(rename(path, away), 0);

	keyring_refresh(keyring);
	assert_non_null(strstr(logged(f), "/keys"));
	keyring_refresh(keyring);
	assert_string_equal(logged(f), "");
	assert_key(keyring_get_signing_key(keyring), "key", SECRET_A);
	keyring_close(keyring);
}

static void
a_directory_that_takes_its_place_is_read(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	char path[PATH_SIZE], away[PATH_SIZE];

	write_key(f, "old", SECRET_A, 0600);
	let_directory_settle(f, 1700000000);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	path_of(f, "", path);
	path_of(f, "../away", away);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	write_key(f, "new", SECRET_B, 0600);
	let_directory_settle(f, 1700000000);	/* the same time as before */

	keyring_refresh(keyring);
	assert_key(keyring_get_signing_key(keyring), "new", SECRET_B);
	assert_null(find_key(keyring, "old"));
	keyring_close(keyring);
}

static void
a_mended_file_is_taken_though_the_directory_is_as_before(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;

	write_key(f, "key", SECRET_A, 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	write_key(f, "new", SECRET_B, 0644);
	let_directory_settle(f, 1700000000);
	keyring_refresh(keyring);
	assert_null(find_key(keyring, "new"));

	write_key(f, "new", SECRET_B, 0600);
	keyring_refresh(keyring);

	assert_key(find_key(keyring, "new"), "new", SECRET_B);
	keyring_close(keyring);
}

static void
an_added_key_has_a_private_file_and_signs(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	char kid[KEY_ID_SIZE], path[PATH_SIZE];
	struct stat st;

	write_key(f, "old", SECRET_A, 0600);
	set_time(f, "old", 1700000000, 0);

	assert_int_equal(keyring_add(f->dir, SECRET_B, kid), ERR_OK);

	path_of(f, kid, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	assert_key(keyring_get_signing_key(keyring), kid, SECRET_B);
	assert_null(keyring_get(keyring, 2));
	keyring_close(keyring);
}

static void
a_new_key_id_is_the_time_and_eight_hex_digits(void **state)
{
	const struct fixture *f = *state;
	char kid[KEY_ID_SIZE];
	struct tm tm = {0};
	const char *rest;
	time_t then;

	assert_int_equal(keyring_add(f->dir, NULL, kid), ERR_OK);

	rest = strptime(kid, "%Y%m%dT%H%M%S", &tm);
	assert_non_null(rest);
	then = timegm(&tm);
	assert_in_range(time(NULL) - then, 0, 60);
	assert_int_equal(rest - kid, 15);
	assert_int_equal(*rest, '-');
	assert_int_equal(strspn(rest + 1, "0123456789abcdef"), 8);
	assert_int_equal(strlen(rest), 9);
}

static void
made_up_secrets_are_64_hex_digits_and_differ(void **state)
{
	const struct fixture *f = *state;
	const struct key *first, *second;
	struct keyring *keyring;
	char kid[KEY_ID_SIZE];

	assert_int_equal(keyring_add(f->dir, NULL, kid), ERR_OK);
	assert_int_equal(keyring_add(f->dir, NULL, kid), ERR_OK);

	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	first = keyring_get(keyring, 0);
	second = keyring_get(keyring, 1);
	assert_int_equal(first->secret_len, 64);
	assert_int_equal(second->secret_len, 64);
	assert_memory_not_equal(first->secret, second->secret, 64);
	for (size_t i = 0; i < 64; i++)
		assert_non_null(strchr("0123456789abcdef", first->secret[i]));
	keyring_close(keyring);
}

static void
adding_makes_a_private_directory_where_there_is_none(void **state)
{
	const struct fixture *f = *state;
	struct keyring *keyring;
	char kid[KEY_ID_SIZE], path[PATH_SIZE];
	struct stat st;

	path_of(f, "", path);
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(keyring_add(f->dir, NULL, kid), ERR_OK);

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	keyring_close(keyring);
}

static void
a_secret_that_could_not_be_read_back_is_not_added(void **state)
{
	static const char *const secrets[] = {
		"", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", SECRET_A "\n", "a\n" SECRET_A,
		SECRET_A "\xc3\xa4",
	};
	const struct fixture *f = *state;
	char too_long[KEY_SECRET_MAX + 2];
	char kid[KEY_ID_SIZE];

	for (size_t i = 0; i < COUNT(secrets); i++)
		assert_int_equal(keyring_add(f->dir, secrets[i], kid), ERR_REFUSED);
	memset(too_long, 'a', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	assert_int_equal(keyring_add(f->dir, too_long, kid), ERR_REFUSED);

	assert_refused_naming(f, "/keys");	/* still empty */
}

static void
a_key_that_cannot_be_written_is_a_storage_failure(void **state)
{
	char kid[KEY_ID_SIZE] = "before";

	(void)state;
	assert_int_equal(keyring_add("/nonexistent/state", SECRET_A, kid), ERR_STORAGE);
	assert_string_equal(kid, "");
	assert_null(strstr(logged(*state), SECRET_A));
}

static void
preparing_makes_the_first_key_and_no_second(void **state)
{
	const struct fixture *f = *state;
	char first[KEY_ID_SIZE], second[KEY_ID_SIZE] = "before";
	struct keyring *keyring;

	assert_int_equal(keyring_prepare(f->dir, first), ERR_OK);
	assert_int_equal(keyring_prepare(f->dir, second), ERR_OK);

	assert_string_equal(second, "");
	assert_int_equal(keyring_open(f->dir, &keyring), ERR_OK);
	assert_string_equal(keyring_get_signing_key(keyring)->kid, first);
	assert_null(keyring_get(keyring, 1));
	keyring_close(keyring);
}

static void
preparing_passes_over_dot_files_but_not_over_a_bad_key(void **state)
{
	const struct fixture *f = *state;
	char kid[KEY_ID_SIZE];

	write_key(f, ".the-key.swp", "garbage", 0644);
	assert_int_equal(keyring_prepare(f->dir, kid), ERR_OK);
	assert_string_not_equal(kid, "");
	remove_key(f, kid);

	write_key(f, "the-key", "short", 0600);
	assert_int_equal(keyring_prepare(f->dir, kid), ERR_SETUP);
	assert_string_equal(kid, "");
	assert_refused_naming(f, "the-key");
}

static void
preparing_without_a_state_directory_is_a_storage_failure(void **state)
{
	char kid[KEY_ID_SIZE] = "before";

	assert_int_equal(keyring_prepare("/nonexistent/state", kid), ERR_STORAGE);
	assert_string_equal(kid, "");
	assert_non_null(strstr(logged(*state), "/nonexistent/state"));
}

static void
no_keyring_can_be_closed(void **state)
{
	(void)state;
	keyring_close(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_told_newest_first),
		TEST(a_key_is_found_by_its_exact_id_only),
		TEST(one_line_end_does_not_belong_to_the_secret),
		TEST(garbled_and_short_secrets_stop_the_start),
		TEST(a_secret_has_1024_bytes_at_most),
		TEST(a_nul_in_a_secret_stops_the_start),
		TEST(a_key_open_to_others_stops_the_start),
		TEST(a_directory_open_to_others_stops_the_start),
		TEST(a_key_of_another_user_stops_the_start),
		TEST(what_is_not_a_regular_file_stops_the_start),
		TEST(a_name_that_is_no_key_id_stops_the_start),
		TEST(dot_files_are_passed_over),
		TEST(no_key_or_no_directory_stops_the_start),
		TEST(more_keys_than_anyone_needs_stop_the_start),
		TEST(a_refresh_sees_keys_come_and_go),
		TEST(a_refresh_of_a_settled_directory_reads_nothing),
		TEST(a_change_within_one_tick_of_the_clock_is_seen),
		TEST(a_failed_refresh_keeps_the_keys_and_says_so_once),
		TEST(a_directory_that_is_gone_keeps_the_keys_and_is_said_once),
		TEST(a_directory_that_takes_its_place_is_read),
		TEST(a_mended_file_is_taken_though_the_directory_is_as_before),
		TEST(an_added_key_has_a_private_file_and_signs),
		TEST(a_new_key_id_is_the_time_and_eight_hex_digits),
		TEST(made_up_secrets_are_64_hex_digits_and_differ),
		TEST(adding_makes_a_private_directory_where_there_is_none),
		TEST(a_secret_that_could_not_be_read_back_is_not_added),
		TEST(a_key_that_cannot_be_written_is_a_storage_failure),
		TEST(preparing_makes_the_first_key_and_no_second),
		TEST(preparing_passes_over_dot_files_but_not_over_a_bad_key),
		TEST(preparing_without_a_state_directory_is_a_storage_failure),
		cmocka_unit_test(no_keyring_can_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
