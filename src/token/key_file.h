/*
 * key_file: one signing key in a file of its own, as `keyring` describes them.
 */
#ifndef BEARWARD_TOKEN_KEY_FILE_H
#define BEARWARD_TOKEN_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

enum { KEY_ID_SIZE = 65, KEY_SECRET_MIN = 32, KEY_SECRET_MAX = 1024 };

struct key {
	char kid[KEY_ID_SIZE];
	unsigned char *secret;		/* owned: key_clear() */
	size_t secret_len;		/* KEY_SECRET_MIN or more: RFC 7518, section 3.2 */
	struct timespec created_at;	/* since 1970: the file's time */
};

/* Whether a file or directory is its owner's alone, and that is us or root. */
bool key_file_is_private(const struct stat *st);

/* NULL, or what is wrong with a secret; static. */
const char *key_file_fault_of_secret(const char *secret, size_t len);

/*
 * Reads the key of that name in an open directory. NULL, or what is wrong and what to do about it,
 * never a word of the content (good until the next call in this thread); key then holds nothing.
 */
const char *key_file_read(int directory, const char *name, struct key *key);

/* Writes a key's file, whole and durable or not at all; false with errno. */
bool key_file_write(int directory, const char *kid, const char *secret);

/* Wipes the secret. */
void key_clear(struct key *key);

#endif
