/* test_keyring: which key files are taken, which stop the start, and what a change does. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "state_dir.h"
#include "token/kid.h"

/* Gives keys back, and borrows them as they are now. */
static const struct keys *
borrow_again(struct keyring *keyring, const struct keys *keys)
{
	keyring_return(keyring, keys);
	return keyring_borrow(keyring);
}

static void
assert_refused_naming(const struct state_dir *s, const char *name)
{
	struct keyring *keyring = NULL;
	const char *log;

	assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &keyring), ERR_SETUP);

	assert_null(keyring);
	log = logged(s);
	if (strstr(log, name) == NULL)
		fail_msg("expected %s to be named, came: %s", name, log);
	assert_null(strstr(log, "aaaaaaaa"));
	assert_null(strstr(log, "bbbbbbbb"));
}

static void
keys_are_told_newest_first(void **state)
{
	static const char *const newest_first[] = {
		KID_2003, KID_2002, "20010101T000000-ffffffff", "20010101T000000-00000000",
		"z", "key", "20040230T000000-00000000", "2004",
	};
	static const size_t order_of_making[] = { 4, 0, 7, 2, 6, 1, 3, 5 };
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	_Static_assert(COUNT(order_of_making) == COUNT(newest_first), "each key is made");
	for (size_t i = 0; i < COUNT(order_of_making); i++)
		write_key(s, newest_first[order_of_making[i]], SECRET_A, 0600);

	keyring = open_keyring(s, &keys);

	for (size_t i = 0; i < COUNT(newest_first); i++)
		assert_key(keys_get(keys, i), newest_first[i], SECRET_A);
	assert_null(keys_get(keys, COUNT(newest_first)));
	close_keyring(keyring, keys);
}

static void
the_newest_key_signs_and_the_others_verify(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	write_key(s, KID_2002, SECRET_B, 0600);
	write_key(s, "key", SECRET_A, 0600);

	keyring = open_keyring(s, &keys);

	assert_ptr_equal(keys_get_signing(keys, time(NULL)), keys_get(keys, 0));
	assert_string_equal(key_id(keys_get_signing(keys, time(NULL))), KID_2002);
	assert_int_equal(keys_state(keys, 0, time(NULL)), KEY_SIGNING);
	assert_int_equal(keys_state(keys, 1, time(NULL)), KEY_GONE);
	assert_int_equal(keys_state(keys, 1, kid_moments(KID_2002).made_at + 86399), KEY_RETIRED);
	assert_int_equal(keys_state(keys, 2, kid_moments(KID_2001).made_at), KEY_RETIRED);
	close_keyring(keyring, keys);
}

static void
touch_of_an_older_file_does_not_make_it_sign(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	write_key(s, "key", SECRET_A, 0600);
	write_key(s, KID_2002, SECRET_B, 0600);
	set_time(s, KID_2002, 1000000000);
	set_time(s, KID_2001, 4000000000);
	set_time(s, "key", 4100000000);

	keyring = open_keyring(s, &keys);

	assert_key(keys_get_signing(keys, time(NULL)), KID_2002, SECRET_B);
	close_keyring(keyring, keys);
}

static void
the_date_of_a_key_is_that_of_its_id(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, "20231114T221320-0a1b2c3d", SECRET_A, 0600);
	write_key(s, "key", SECRET_B, 0600);

	keyring = open_keyring(s, &keys);

	assert_int_equal(key_created_at(find_key(keys, "20231114T221320-0a1b2c3d")), 1700000000);
	assert_int_equal(key_created_at(find_key(keys, "key")), 0);
	close_keyring(keyring, keys);
}

static void
one_line_end_does_not_belong_to_the_secret(void **state)
{
	static const char *const contents[] = { SECRET_A, SECRET_A "\n", SECRET_A "\r\n" };
	const struct state_dir *s = *state;

	for (size_t i = 0; i < COUNT(contents); i++) {
		const struct keys *keys;
		struct keyring *keyring;

		write_key(s, "key", contents[i], 0600);
		keyring = open_keyring(s, &keys);
		assert_key(find_key(keys, "key"), "key", SECRET_A);
		close_keyring(keyring, keys);
	}
}

/* Fills content with a text that is long and not trivial; and with many an "aaaaaaaa". */
static void
fill(char *content, size_t size)
{
	for (size_t i = 0; i < size; i++)
		content[i] = i % 64 < 8 ? 'a' : (char)('0' + i * i % 61);
}

static void
a_secret_has_1024_bytes_at_most(void **state)
{
	const struct state_dir *s = *state;
	char content[KEY_SECRET_MAX + 4];
	const struct keys *keys;
	struct keyring *keyring;

	fill(content, sizeof(content));
	snprintf(content + KEY_SECRET_MAX, 3, "\r\n");
	write_key(s, "the-key", content, 0600);
	keyring = open_keyring(s, &keys);
	content[KEY_SECRET_MAX] = '\0';
	assert_key(keys_get(keys, 0), "the-key", content);
	close_keyring(keyring, keys);

	for (size_t extra = 1; extra <= 3; extra++) {
		fill(content, sizeof(content));
		content[KEY_SECRET_MAX + extra] = '\0';
		write_key(s, "the-key", content, 0600);
		assert_refused_naming(s, "the-key");
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
	const struct state_dir *s = *state;
	char name[32];

	for (size_t i = 0; i < COUNT(contents); i++) {
		/* Another each time: lines that are the same are counted only. */
		snprintf(name, sizeof(name), "the-key-%zu", i);
		write_key(s, name, contents[i], 0600);
		assert_refused_naming(s, name);
		remove_key(s, name);
	}
}

static void
a_secret_that_anyone_could_have_stops_the_start(void **state)
{
	static const char *const contents[] = {
		"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
	};
	static const char *const reasons[] = { "FastAPI documentation", "few different" };
	const struct state_dir *s = *state;
	struct keyring *keyring = NULL;

	for (size_t i = 0; i < COUNT(contents); i++) {
		const char *log;

		write_key(s, "the-key", contents[i], 0600);
		assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &keyring), ERR_SETUP);
		log = logged(s);
		assert_non_null(strstr(log, "the-key"));
		assert_non_null(strstr(log, reasons[i]));
		assert_non_null(strstr(log, "bearward key new"));
		assert_null(strstr(log, "09d25e09"));
		assert_null(strstr(log, "aaaaaaaa"));
	}
}

static void
a_nul_in_a_secret_stops_the_start(void **state)
{
	const struct state_dir *s = *state;
	char path[PATH_SIZE];
	FILE *file;

	path_of(s, "the-key", path);
	write_key(s, "the-key", SECRET_A, 0600);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_int_equal(fwrite("\0aaaa", 1, 5, file), 5);
	assert_int_equal(fclose(file), 0);

	assert_refused_naming(s, "the-key");
}

static void
a_key_open_to_others_stops_the_start(void **state)
{
	static const mode_t modes[] = { 0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666 };
	const struct state_dir *s = *state;
	char name[32];

	write_key(s, "good", SECRET_A, 0600);
	for (size_t i = 0; i < COUNT(modes); i++) {
		/* Another each time: lines that are the same are counted only. */
		snprintf(name, sizeof(name), "the-key-%zu", i);
		write_key(s, name, SECRET_B, modes[i]);
		assert_refused_naming(s, name);
		remove_key(s, name);
	}
}

static void
a_directory_open_to_others_stops_the_start(void **state)
{
	static const mode_t modes[] = { 0750, 0701, 0702, 0704, 0755 };
	const struct state_dir *s = *state;
	char path[PATH_SIZE];

	path_of(s, "", path);
	write_key(s, "the-key", SECRET_A, 0600);
	for (size_t i = 0; i < COUNT(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_refused_naming(s, "/keys");
	}
}

static void
a_key_of_another_user_stops_the_start(void **state)
{
	const struct state_dir *s = *state;
	char path[PATH_SIZE];

	if (geteuid() != 0)
		skip();		/* only root can give files away */
	path_of(s, "the-key", path);
	write_key(s, "the-key", SECRET_A, 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);

	assert_refused_naming(s, "the-key");
}

static void
what_is_not_a_regular_file_stops_the_start(void **state)
{
	const struct state_dir *s = *state;
	char path[PATH_SIZE], target[PATH_SIZE];

	path_of(s, "the-key", path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused_naming(s, "the-key");
	assert_int_equal(rmdir(path), 0);

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused_naming(s, "the-key");
	assert_int_equal(unlink(path), 0);

	write_key(s, ".target", SECRET_A, 0600);
	path_of(s, ".target", target);
	assert_int_equal(symlink(target, path), 0);
	assert_refused_naming(s, "the-key");
}

static void
a_name_that_is_no_key_id_stops_the_start(void **state)
{
	static const char *const names[] = {
		"the-key.pem", "the-key~", "the key", "the-k\u00eby",
		"the-key-234567890123456789012345678901234567890123456789012345678",	/* 65 */
	};
	const struct state_dir *s = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		write_key(s, names[i], SECRET_A, 0600);
		assert_refused_naming(s, "the");
		remove_key(s, names[i]);
	}
}

static void
dot_files_are_passed_over(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, ".the-key.swp", "garbage", 0644);
	assert_refused_naming(s, "/keys");

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	assert_key(keys_get(keys, 0), "key", SECRET_A);
	assert_null(keys_get(keys, 1));
	close_keyring(keyring, keys);
}

static void
no_key_or_no_directory_stops_the_start(void **state)
{
	const struct state_dir *s = *state;
	char path[PATH_SIZE];

	assert_refused_naming(s, "/keys");
	path_of(s, "", path);
	assert_int_equal(rmdir(path), 0);
	assert_refused_naming(s, "/keys");
}

static void
more_keys_than_anyone_needs_stop_the_start(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	char name[16];

	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "key-%d", i);
		write_key(s, name, SECRET_A, 0600);
	}
	keyring = open_keyring(s, &keys);
	assert_non_null(keys_get(keys, 63));
	close_keyring(keyring, keys);

	write_key(s, "key-64", SECRET_A, 0600);
	assert_refused_naming(s, "/keys");
}

static void
keys_come_and_go_with_the_next_borrowing(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	keyring = open_keyring(s, &keys);

	write_key(s, KID_2002, SECRET_B, 0600);
	keys = borrow_again(keyring, keys);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2002, SECRET_B);
	assert_key(find_key(keys, KID_2001), KID_2001, SECRET_A);

	remove_key(s, KID_2001);
	keys = borrow_again(keyring, keys);
	assert_null(find_key(keys, KID_2001));
	assert_key(keys_get_signing(keys, time(NULL)), KID_2002, SECRET_B);
	close_keyring(keyring, keys);
}

static void
a_borrowed_snapshot_stays_as_it_was(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *before, *after;
	struct keyring *keyring;

	write_key(s, KID_2001, SECRET_A, 0600);
	keyring = open_keyring(s, &before);
	remove_key(s, KID_2001);
	write_key(s, KID_2002, SECRET_B, 0600);

	after = keyring_borrow(keyring);

	assert_key(keys_get_signing(before, time(NULL)), KID_2001, SECRET_A);
	assert_null(keys_get(before, 1));
	assert_int_equal(keys_state(before, 0, time(NULL)), KEY_SIGNING);
	assert_key(keys_get_signing(after, time(NULL)), KID_2002, SECRET_B);
	keyring_return(keyring, before);
	close_keyring(keyring, after);
}

static void
a_snapshot_with_other_keys_has_another_version(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *before, *after;
	struct keyring *keyring, *other;
	const struct keys *others;

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &before);
	other = open_keyring(s, &others);
	assert_int_not_equal(keys_version(others, time(NULL)), keys_version(before, time(NULL)));
	close_keyring(other, others);

	remove_key(s, "key");
	write_key(s, "key", SECRET_B, 0600);
	after = keyring_borrow(keyring);

	assert_key(keys_get_signing(after, time(NULL)), "key", SECRET_B);
	assert_int_not_equal(keys_version(after, time(NULL)), keys_version(before, time(NULL)));
	keyring_return(keyring, before);
	close_keyring(keyring, after);
}

/* So that the cache of verified tokens is not emptied for nothing. */
static void
a_reading_that_finds_the_same_keys_keeps_the_snapshot(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *before, *after;
	struct keyring *keyring;

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &before);
	write_key(s, ".passed-over", SECRET_B, 0600);
	set_time(s, "", 1000000000);

	after = keyring_borrow(keyring);

	assert_ptr_equal(after, before);
	assert_int_equal(keys_version(after, time(NULL)), keys_version(before, time(NULL)));
	keyring_return(keyring, before);
	close_keyring(keyring, after);
}

/* Waits until no change could leave the directory's times as they are: one cannot be set. */
static void
let_directory_settle(const struct state_dir *s)
{
	char path[PATH_SIZE];
	struct stat st;

	set_time(s, "", 1700000000);
	path_of(s, "", path);
	assert_int_equal(stat(path, &st), 0);
	while (time(NULL) <= st.st_ctim.tv_sec + 2)
		(void)usleep(10 * 1000);
}

static void
a_settled_directory_is_not_read_again(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *before, *after;
	struct keyring *keyring;

	write_key(s, "key", SECRET_A, 0600);
	let_directory_settle(s);
	keyring = open_keyring(s, &before);
	write_key(s, "key", SECRET_B, 0600);	/* in place: not a change of the directory */

	after = keyring_borrow(keyring);

	assert_ptr_equal(after, before);
	assert_key(keys_get_signing(after, time(NULL)), "key", SECRET_A);
	keyring_return(keyring, before);
	close_keyring(keyring, after);
}

/* What changes within a tick of the clock leaves the times as they are, as this change does. */
static void
a_directory_that_may_still_change_unseen_is_read_again(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, "key", SECRET_A, 0600);
	set_time(s, "", 4000000000);		/* to come: so it cannot have settled */
	keyring = open_keyring(s, &keys);
	write_key(s, "key", SECRET_B, 0600);

	keys = borrow_again(keyring, keys);

	assert_key(keys_get_signing(keys, time(NULL)), "key", SECRET_B);
	close_keyring(keyring, keys);
}

static void
a_failed_reading_keeps_the_keys_and_says_so_once(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	write_key(s, "short", "aaaaaaaa", 0600);
	set_time(s, "", 1000000000);

	keys = borrow_again(keyring, keys);
	assert_non_null(strstr(logged(s), "short"));
	for (int i = 0; i < 3; i++)
		keys = borrow_again(keyring, keys);
	assert_string_equal(logged(s), "");
	assert_key(keys_get_signing(keys, time(NULL)), "key", SECRET_A);
	assert_null(keys_get(keys, 1));

	write_key(s, "shorter", "aaaa", 0600);
	set_time(s, "", 1000000001);	/* whatever the clock of the file system can tell */
	keys = borrow_again(keyring, keys);
	assert_string_not_equal(logged(s), "");
	close_keyring(keyring, keys);
}

static void
a_directory_that_is_gone_keeps_the_keys_and_is_said_once(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	char path[PATH_SIZE], away[PATH_SIZE];

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	path_of(s, "", path);
	path_of(s, "../away", away);
	assert_int_equal(rename(path, away), 0);

	keys = borrow_again(keyring, keys);
	assert_non_null(strstr(logged(s), "/keys"));
	keys = borrow_again(keyring, keys);
	assert_string_equal(logged(s), "");
	assert_key(keys_get_signing(keys, time(NULL)), "key", SECRET_A);
	close_keyring(keyring, keys);
}

/* Whoever restores a backup moves the directory away, or removes it, and makes it again. */
static void
halves_that_come_back_are_read_again(void **state)
{
	static const enum keyring_use uses[] = {
		KEYRING_SIGNS, KEYRING_CHECKS, KEYRING_PUBLISHES,
	};
	const struct keyring_new new = { .alg = KEY_ES256 };
	const struct state_dir *s = *state;
	char kid[KEY_ID_SIZE], path[PATH_SIZE], away[PATH_SIZE], command[2 * PATH_SIZE];

	write_key(s, KID_2001, SECRET_A, 0600);
	assert_int_equal(keyring_add(config_of(s), &new, kid), ERR_OK);
	for (size_t i = 0; i < COUNT(uses); i++) {
		struct keyring *keyring;
		const struct keys *keys;

		snprintf(path, sizeof(path), "%s/%s", s->dir,
		    uses[i] == KEYRING_SIGNS ? "signing" : "public");
		snprintf(away, sizeof(away), "%s/away", s->dir);
		assert_int_equal(keyring_open(config_of(s), uses[i], &keyring), ERR_OK);
		keys = keyring_borrow(keyring);
		assert_non_null(find_key(keys, kid));

		assert_int_equal(rename(path, away), 0);
		keys = borrow_again(keyring, keys);
		assert_non_null(find_key(keys, kid));
		assert_non_null(strstr(logged(s), path));

		snprintf(command, sizeof(command), "cd %s && cp -a away new && rm -r away",
		    s->dir);
		assert_int_equal(system(command), 0);
		keys = borrow_again(keyring, keys);
		assert_true(keys == NULL || find_key(keys, kid) == NULL);

		snprintf(command, sizeof(command), "mv %s/new %s", s->dir, path);
		assert_int_equal(system(command), 0);
		keys = borrow_again(keyring, keys);
		assert_non_null(keys);
		assert_non_null(find_key(keys, kid));
		close_keyring(keyring, keys);
	}
}

/* Each makes something amiss in keys/, so that it cannot be read as a whole. */
static void
add_short_key(const struct state_dir *s)
{
	write_key(s, "short", "aaaaaaaa", 0600);
}

static void
add_key_open_to_others(const struct state_dir *s)
{
	write_key(s, "open", SECRET_A, 0644);
}

static void
add_backup_of_an_editor(const struct state_dir *s)
{
	write_key(s, KID_2001 "~", SECRET_A, 0600);
}

static void
add_symbolic_link(const struct state_dir *s)
{
	char path[PATH_SIZE];

	path_of(s, "link", path);
	assert_int_equal(symlink(KID_2001, path), 0);
}

static void
open_directory_to_others(const struct state_dir *s)
{
	char path[PATH_SIZE];

	path_of(s, "", path);
	assert_int_equal(chmod(path, 0755), 0);
}

static void
open_other_key_to_others(const struct state_dir *s)
{
	char path[PATH_SIZE];

	path_of(s, KID_2001, path);
	assert_int_equal(chmod(path, 0644), 0);
}

static void (*const troubles[])(const struct state_dir *s) = {
	add_short_key, add_key_open_to_others, add_backup_of_an_editor, add_symbolic_link,
	open_directory_to_others, open_other_key_to_others,
};

static void
a_key_that_is_gone_is_dropped_whatever_else_is_amiss(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(troubles); i++) {
		const struct keys *keys;
		struct keyring *keyring;
		struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);

		troubles[i](s);
		keys = borrow_again(keyring, keys);
		assert_key(keys_get_signing(keys, time(NULL)), KID_2002, SECRET_B);
		assert_string_not_equal(logged(s), "");

		remove_key(s, KID_2002);
		keys = borrow_again(keyring, keys);
		assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
		assert_int_equal(keys_state(keys, 0, time(NULL)), KEY_SIGNING);
		assert_null(keys_get(keys, 1));
		close_two_keys(s, keyring, keys);
	}
}

static void
a_key_that_is_gone_is_dropped_when_no_file_can_be_opened(void **state)
{
	const struct keys *keys;
	struct keyring *keyring;
	struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);
	const int next = dup(STDERR_FILENO);
	struct rlimit before, none;

	(void)state;
	assert_int_equal(close(next), 0);
	remove_key(s, KID_2002);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

	keys = borrow_again(keyring, keys);

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
	assert_null(keys_get(keys, 1));
	close_two_keys(s, keyring, keys);
}

/* What is under the name now is no key, and is not the one that was there either. */
static void
a_key_whose_secret_was_replaced_by_nonsense_is_dropped(void **state)
{
	static const struct {
		const char *content;
		mode_t mode;
	} replacements[] = { { "aaaaaaaa", 0600 }, { SECRET_A, 0644 }, { "", 0600 } };

	(void)state;
	for (size_t i = 0; i < COUNT(replacements); i++) {
		const struct keys *keys;
		struct keyring *keyring;
		struct state_dir *s = open_two_keys(KID_2001, KID_2002, &keyring, &keys);

		remove_key(s, KID_2002);
		write_key(s, KID_2002, replacements[i].content, replacements[i].mode);
		keys = borrow_again(keyring, keys);

		assert_key(keys_get_signing(keys, time(NULL)), KID_2001, SECRET_A);
		assert_null(keys_get(keys, 1));
		close_two_keys(s, keyring, keys);
	}
}

static void
with_no_key_left_there_are_no_keys_until_one_comes(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	const char *log;

	write_key(s, KID_2001, SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	write_key(s, "short", "aaaaaaaa", 0600);
	remove_key(s, KID_2001);

	keys = borrow_again(keyring, keys);
	assert_null(keys);
	log = logged(s);
	assert_non_null(strstr(log, "short"));
	assert_non_null(strstr(log, "no signing key is left"));
	keys = borrow_again(keyring, keys);
	assert_null(keys);
	assert_string_equal(logged(s), "");

	remove_key(s, "short");
	write_key(s, KID_2002, SECRET_B, 0600);
	keys = borrow_again(keyring, keys);
	assert_key(keys_get_signing(keys, time(NULL)), KID_2002, SECRET_B);
	close_keyring(keyring, keys);
}

static void
keys_are_gone_with_a_directory_that_was_removed(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	char path[PATH_SIZE];

	write_key(s, KID_2001, SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	remove_key(s, KID_2001);
	path_of(s, "", path);
	assert_int_equal(rmdir(path), 0);

	keys = borrow_again(keyring, keys);

	assert_null(keys);
	close_keyring(keyring, keys);
}

static void
a_directory_that_takes_its_place_is_read(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;
	char path[PATH_SIZE], away[PATH_SIZE];

	write_key(s, "old", SECRET_A, 0600);
	set_time(s, "", 1700000000);
	keyring = open_keyring(s, &keys);
	path_of(s, "", path);
	path_of(s, "../away", away);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	write_key(s, "new", SECRET_B, 0600);
	set_time(s, "", 1700000000);		/* the same time as before */

	keys = borrow_again(keyring, keys);

	assert_key(keys_get_signing(keys, time(NULL)), "new", SECRET_B);
	assert_null(find_key(keys, "old"));
	close_keyring(keyring, keys);
}

static void
a_mended_file_is_taken_though_the_directory_is_as_before(void **state)
{
	const struct state_dir *s = *state;
	const struct keys *keys;
	struct keyring *keyring;

	write_key(s, "key", SECRET_A, 0600);
	keyring = open_keyring(s, &keys);
	write_key(s, "new", SECRET_B, 0644);
	set_time(s, "", 1700000000);
	keys = borrow_again(keyring, keys);
	assert_null(find_key(keys, "new"));

	write_key(s, "new", SECRET_B, 0600);
	keys = borrow_again(keyring, keys);

	assert_key(find_key(keys, "new"), "new", SECRET_B);
	close_keyring(keyring, keys);
}

/* What the threads below share. */
struct shared {
	struct keyring *keyring;
	atomic_bool is_over;
	atomic_ulong borrowings;
	atomic_ulong faults;
};

static bool
is_right(const struct keys *keys)
{
	const struct key *key;

	for (size_t i = 0; (key = keys_get(keys, i)) != NULL; i++) {
		const bool is_a = strcmp(key_id(key), KID_2001) == 0;

		if (!has_secret(key, is_a ? SECRET_A : SECRET_B) ||
		    (keys_state(keys, i, time(NULL)) == KEY_SIGNING) != (i == 0))
			return false;
	}
	return true;
}

static void *
borrow_until_it_is_over(void *arg)
{
	struct shared *shared = arg;

	while (!atomic_load(&shared->is_over)) {
		const struct keys *keys = keyring_borrow(shared->keyring);

		if (!is_right(keys))
			(void)atomic_fetch_add(&shared->faults, 1);
		keyring_return(shared->keyring, keys);
		(void)atomic_fetch_add(&shared->borrowings, 1);
	}
	return NULL;
}

/* Exchanges keys/ and another directory of the state directory, in one step. */
static void
exchange(const struct state_dir *s, const char *other)
{
	char path[PATH_SIZE];

	path_of(s, "", path);
	assert_int_equal(syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, other,
	    RENAME_EXCHANGE), 0);
}

static void
start_threads(struct shared *shared, pthread_t *threads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, borrow_until_it_is_over,
		    shared), 0);
}

static void
join_threads(struct shared *shared, const pthread_t *threads, size_t count)
{
	atomic_store(&shared->is_over, true);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* Waits until the threads have borrowed that often. */
static void
wait_for_borrowings(struct shared *shared, unsigned long count)
{
	while (atomic_load(&shared->borrowings) < count)
		(void)usleep(100);
}

static void
threads_have_right_secrets_while_the_directory_is_replaced(void **state)
{
	const struct state_dir *s = *state;
	struct shared shared = {0};
	pthread_t threads[4];
	const struct keys *keys;
	char other[PATH_SIZE];

	write_key(s, KID_2001, SECRET_A, 0600);
	path_of(s, "../other", other);
	assert_int_equal(mkdir(other, 0700), 0);
	write_key(s, "../other/" KID_2001, SECRET_A, 0600);
	write_key(s, "../other/" KID_2002, SECRET_B, 0600);
	assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &shared.keyring), ERR_OK);
	start_threads(&shared, threads, COUNT(threads));

	for (unsigned long i = 0; i < 100; i++) {
		exchange(s, other);
		/* Whoever else is reading: who asks now has what is there now. */
		keys = keyring_borrow(shared.keyring);
		assert_string_equal(key_id(keys_get_signing(keys, time(NULL))),
		    i % 2 == 0 ? KID_2002 : KID_2001);
		keyring_return(shared.keyring, keys);
		wait_for_borrowings(&shared, atomic_load(&shared.borrowings) + 1);
	}

	join_threads(&shared, threads, COUNT(threads));
	assert_int_equal(atomic_load(&shared.faults), 0);
	assert_string_equal(logged(s), "");
	keyring_close(shared.keyring);
}

static void
threads_have_right_secrets_while_files_come_and_go(void **state)
{
	const struct state_dir *s = *state;
	struct shared shared = {0};
	pthread_t threads[4];
	char beside[PATH_SIZE], path[PATH_SIZE];

	write_key(s, KID_2001, SECRET_A, 0600);
	path_of(s, ".beside", beside);
	path_of(s, KID_2002, path);
	assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &shared.keyring), ERR_OK);
	start_threads(&shared, threads, COUNT(threads));

	for (unsigned long i = 0; i < 100; i++) {
		write_key(s, ".beside", SECRET_B, 0600);
		assert_int_equal(rename(beside, path), 0);
		wait_for_borrowings(&shared, atomic_load(&shared.borrowings) + 1);
		remove_key(s, KID_2002);
		wait_for_borrowings(&shared, atomic_load(&shared.borrowings) + 1);
	}

	join_threads(&shared, threads, COUNT(threads));
	assert_int_equal(atomic_load(&shared.faults), 0);
	assert_string_equal(logged(s), "");	/* a file that goes while it is read is no fault */
	keyring_close(shared.keyring);
}

static void
a_failed_reading_is_said_once_for_all_threads(void **state)
{
	const struct state_dir *s = *state;
	struct shared shared = {0};
	pthread_t threads[4];
	const char *log;

	write_key(s, KID_2001, SECRET_A, 0600);
	assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &shared.keyring), ERR_OK);
	write_key(s, "short", "bbbbbbbb", 0600);

	start_threads(&shared, threads, COUNT(threads));
	wait_for_borrowings(&shared, 100);
	join_threads(&shared, threads, COUNT(threads));

	assert_int_equal(atomic_load(&shared.faults), 0);
	log = logged(s);
	assert_non_null(strchr(log, '\n'));
	assert_string_equal(strchr(log, '\n'), "\n");
	keyring_close(shared.keyring);
}

static void
no_keyring_can_be_closed(void **state)
{
	(void)state;
	keyring_close(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, state_dir_set_up, state_dir_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_told_newest_first),
		TEST(the_newest_key_signs_and_the_others_verify),
		TEST(touch_of_an_older_file_does_not_make_it_sign),
		TEST(the_date_of_a_key_is_that_of_its_id),
		TEST(one_line_end_does_not_belong_to_the_secret),
		TEST(a_secret_has_1024_bytes_at_most),
		TEST(garbled_and_short_secrets_stop_the_start),
		TEST(a_secret_that_anyone_could_have_stops_the_start),
		TEST(a_nul_in_a_secret_stops_the_start),
		TEST(a_key_open_to_others_stops_the_start),
		TEST(a_directory_open_to_others_stops_the_start),
		TEST(a_key_of_another_user_stops_the_start),
		TEST(what_is_not_a_regular_file_stops_the_start),
		TEST(a_name_that_is_no_key_id_stops_the_start),
		TEST(dot_files_are_passed_over),
		TEST(no_key_or_no_directory_stops_the_start),
		TEST(more_keys_than_anyone_needs_stop_the_start),
		TEST(keys_come_and_go_with_the_next_borrowing),
		TEST(a_borrowed_snapshot_stays_as_it_was),
		TEST(a_snapshot_with_other_keys_has_another_version),
		TEST(a_reading_that_finds_the_same_keys_keeps_the_snapshot),
		TEST(a_settled_directory_is_not_read_again),
		TEST(a_directory_that_may_still_change_unseen_is_read_again),
		TEST(a_failed_reading_keeps_the_keys_and_says_so_once),
		TEST(a_directory_that_is_gone_keeps_the_keys_and_is_said_once),
		TEST(halves_that_come_back_are_read_again),
		cmocka_unit_test(a_key_that_is_gone_is_dropped_whatever_else_is_amiss),
		cmocka_unit_test(a_key_that_is_gone_is_dropped_when_no_file_can_be_opened),
		cmocka_unit_test(a_key_whose_secret_was_replaced_by_nonsense_is_dropped),
		TEST(with_no_key_left_there_are_no_keys_until_one_comes),
		TEST(keys_are_gone_with_a_directory_that_was_removed),
		TEST(a_directory_that_takes_its_place_is_read),
		TEST(a_mended_file_is_taken_though_the_directory_is_as_before),
		TEST(threads_have_right_secrets_while_the_directory_is_replaced),
		TEST(threads_have_right_secrets_while_files_come_and_go),
		TEST(a_failed_reading_is_said_once_for_all_threads),
		cmocka_unit_test(no_keyring_can_be_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
