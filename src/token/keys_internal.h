/*
 * keys_internal: makes, shares and drops a snapshot of the keys. For this room alone.
 */
#ifndef BEARWARD_TOKEN_KEYS_INTERNAL_H
#define BEARWARD_TOKEN_KEYS_INTERNAL_H

#include <limits.h>
#include <stdbool.h>

#include "token/keys.h"

/*
 * Reads every key in an open directory: *keys has one reference, the caller's, given up with
 * keys_unref(). Returns NULL, or what is wrong and what to do about it (good until the next call
 * in this thread); *keys is then NULL, and file receives the name of the file at fault, or "".
 */
const char *keys_read(int directory, struct keys **keys, char file[NAME_MAX + 1]);

/*
 * Returns those of the keys whose files may still be in an open directory: keys itself, with one
 * more reference, when that is all of them; a new snapshot; or NULL, when there is none left, or
 * no memory to keep some without the others.
 */
const struct keys *keys_without_gone(const struct keys *keys, int directory);

/* Returns whether both hold the same keys. */
bool keys_is_same(const struct keys *a, const struct keys *b);

/* Adds a reference, and returns keys. */
const struct keys *keys_ref(const struct keys *keys);

/* Takes a reference away; the last one wipes the keys. Accepts NULL. */
void keys_unref(const struct keys *keys);

#endif
