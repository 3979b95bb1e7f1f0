/*
 * key_file: reads and writes a signing key in a file of its own, as token/keyring.h describes it.
 * For this room alone.
 */
#ifndef BEARWARD_TOKEN_KEY_FILE_H
#define BEARWARD_TOKEN_KEY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "token/key.h"

/* Returns whether a file or directory is its owner's alone, and the owner is us or root. */
bool key_file_is_private(const struct stat *st);

/* Returns NULL, or what is wrong with the file of a key, and what to do about that; static. */
const char *key_file_find_fault(const struct stat *st);

/*
 * Reads the key of that name in an open directory: *key is owned, released with key_free(), and
 * NULL when there is no such file any more. Returns NULL, or what is wrong and what to do about
 * it, never a word of the content (good until the next call in this thread); *key is then NULL.
 */
const char *key_file_read(int directory, const char *name, struct key **key);

/*
 * Returns whether the file of a key that was read may still hold it: false when there is certainly
 * no such file in the open directory any more, or another secret in it. Needs no descriptor to
 * find that a file is gone.
 */
bool key_file_may_hold(int directory, const struct key *key);

/* Writes a key's file, whole and durable or not at all. Returns false, with errno, on failure. */
bool key_file_write(int directory, const char *kid, const char *secret);

#endif
