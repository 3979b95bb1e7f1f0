/*
 * state_dir: what the tests of the keys have in common: a state directory of their own, key files
 * in it, stderr in a file while a test runs, and HMAC by another hand than ours.
 */
#ifndef BEARWARD_TESTS_STATE_DIR_H
#define BEARWARD_TESTS_STATE_DIR_H

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
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "token/keyring.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

/* 32 bytes each, the fewest there may be. */
#define SECRET_A "aaaaaaaa-7tq0fzk3xw9mv1cp5jr8h2d"
#define SECRET_B "bbbbbbbb-4gnw6ys2ke0ltu7oq9xi3vz"

/* Key ids of the form that has a date, each newer than the one before. */
#define KID_2001 "20010101T000000-ffffffff"
#define KID_2002 "20020101T000000-00000000"
#define KID_2003 "20030101T000000-88888888"

enum { PATH_SIZE = 256, MAC_LEN = 32 };

struct state_dir {
	char dir[64];
	int stderr_before;
	int stderr_file;
};

/* The settings of a state directory. */
static inline const struct config *
config_of(const struct state_dir *s)
{
	static struct config config;

	config = (struct config){
		.state_dir = (char *)s->dir, .access_token_ttl = 1800,
		.dialect = dialect_find("fastapi"),
	};
	return &config;
}

/* The path of a file in keys/, or of keys/ itself for "". */
static inline void
path_of(const struct state_dir *s, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/keys%s%s", s->dir, *name == '\0' ? "" : "/", name);
}

static inline void
write_key(const struct state_dir *s, const char *name, const char *content, mode_t mode)
{
	char path[PATH_SIZE];
	int fd;

	path_of(s, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

static inline void
remove_key(const struct state_dir *s, const char *name)
{
	char path[PATH_SIZE];

	path_of(s, name, path);
	assert_int_equal(unlink(path), 0);
}

static inline void
set_time(const struct state_dir *s, const char *name, time_t seconds)
{
	const struct timespec times[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };
	char path[PATH_SIZE];

	path_of(s, name, path);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static inline int
state_dir_set_up(void **state)
{
	struct state_dir *s = calloc(1, sizeof(*s));
	char path[PATH_SIZE];

	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/test_keys.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	path_of(s, "", path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/signing", s->dir);
	assert_int_equal(mkdir(path, 0700), 0);

	snprintf(path, sizeof(path), "%s/log", s->dir);
	s->stderr_before = dup(STDERR_FILENO);
	s->stderr_file = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
	assert_true(s->stderr_before >= 0 && s->stderr_file >= 0);
	assert_true(dup2(s->stderr_file, STDERR_FILENO) >= 0);
	*state = s;
	return 0;
}

static inline int
state_dir_tear_down(void **state)
{
	struct state_dir *s = *state;
	char command[PATH_SIZE];

	(void)dup2(s->stderr_before, STDERR_FILENO);
	(void)close(s->stderr_before);
	(void)close(s->stderr_file);
	snprintf(command, sizeof(command), "rm -r %s", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

/* What has been logged since the last time it was asked. */
static inline const char *
logged(const struct state_dir *s)
{
	static char text[8192];
	ssize_t len = pread(s->stderr_file, text, sizeof(text) - 1, 0);

	assert_true(len >= 0);
	text[len] = '\0';
	assert_int_equal(ftruncate(s->stderr_file, 0), 0);
	return text;
}

/* The HS256 signature of a text. */
static inline void
make_mac(const char *secret, const char *text, unsigned char mac[MAC_LEN])
{
	unsigned int len = MAC_LEN;

	assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
	    (const unsigned char *)text, strlen(text), mac, &len));
	assert_int_equal(len, 32);
}

/* The key of that id, or NULL. */
static inline const struct key *
find_key(const struct keys *keys, const char *kid)
{
	const struct key *key;

	for (size_t i = 0; (key = keys_get(keys, i)) != NULL; i++)
		if (strcmp(key_id(key), kid) == 0)
			return key;
	return NULL;
}

static inline bool
has_secret(const struct key *key, const char *secret)
{
	unsigned char mac[MAC_LEN];

	make_mac(secret, "header.payload", mac);
	return key_check(key, "header.payload", strlen("header.payload"), mac, sizeof(mac)) ==
	    ERR_OK;
}

static inline void
assert_key(const struct key *key, const char *kid, const char *secret)
{
	assert_non_null(key);
	assert_string_equal(key_id(key), kid);
	assert_true(has_secret(key, secret));
}

/* Opens a keyring, and borrows its keys until close_keyring(). */
static inline struct keyring *
open_keyring(const struct state_dir *s, const struct keys **keys)
{
	struct keyring *keyring = NULL;

	assert_int_equal(keyring_open(config_of(s), KEYRING_SIGNS, &keyring), ERR_OK);
	assert_non_null(keyring);
	*keys = keyring_borrow(keyring);
	return keyring;
}

static inline void
close_keyring(struct keyring *keyring, const struct keys *keys)
{
	keyring_return(keyring, keys);
	keyring_close(keyring);
}

/* Makes a state directory with two keys, SECRET_A and SECRET_B, and opens their keyring. */
static inline struct state_dir *
open_two_keys(const char *kid_a, const char *kid_b, struct keyring **keyring,
    const struct keys **keys)
{
	void *state_dir = NULL;

	assert_int_equal(state_dir_set_up(&state_dir), 0);
	write_key(state_dir, kid_a, SECRET_A, 0600);
	write_key(state_dir, kid_b, SECRET_B, 0600);
	*keyring = open_keyring(state_dir, keys);
	return state_dir;
}

static inline int
close_two_keys(struct state_dir *s, struct keyring *keyring, const struct keys *keys)
{
	void *state_dir = s;

	close_keyring(keyring, keys);
	return state_dir_tear_down(&state_dir);
}

#endif
