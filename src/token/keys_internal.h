/*
 * keys_internal: makes, shares and drops a snapshot of the keys. For this room alone.
 */
#ifndef BEARWARD_TOKEN_KEYS_INTERNAL_H
#define BEARWARD_TOKEN_KEYS_INTERNAL_H

#include <limits.h>
#include <stdbool.h>

#include "token/key_file.h"
#include "token/keys.h"

/* A fault in a file or a directory. */
struct keys_fault {
	enum key_place place;
	char file[NAME_MAX + 1];	/* "": the directory */
	const char *what;		/* and what to do about it */
};

/* A directory of keys; fd is -1 where there is none. */
struct keys_directory {
	enum key_place place;
	int fd;
};

/*
 * Reads every key of some open directories, which is none for may_be_empty only: *keys has one
 * reference, the caller's, given up with keys_unref(). before is what was read from them last, or
 * NULL. token_ttl is how long an access token lives, in seconds. Returns false with the fault (its
 * text is good until the next call in this thread); *keys is then NULL.
 */
bool keys_read(const struct keys_directory *directories, size_t count,
    const struct keys *before, int64_t token_ttl, bool may_be_empty, struct keys **keys,
    struct keys_fault *fault);

/*
 * Returns those of the keys whose files may still be in the open directories: keys itself, with
 * one more reference, when that is all of them; a new snapshot; or NULL, when there is none left,
 * or no memory to keep some without the others.
 */
const struct keys *keys_without_gone(const struct keys *keys,
    const struct keys_directory *directories, size_t count);

/* Returns whether both hold the same keys. */
bool keys_is_same(const struct keys *a, const struct keys *b);

/* Adds a reference, and returns keys. */
const struct keys *keys_ref(const struct keys *keys);

/* Takes a reference away; the last one wipes the keys. Accepts NULL. */
void keys_unref(const struct keys *keys);

#endif
