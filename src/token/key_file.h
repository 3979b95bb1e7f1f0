/*
 * key_file: reads and writes a key in a file of its own, as token/keyring.h describes it. For this
 * room alone.
 */
#ifndef BEARWARD_TOKEN_KEY_FILE_H
#define BEARWARD_TOKEN_KEY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "token/key_internal.h"
#include "token/key_place.h"

/*
 * Returns NULL, or what is wrong with the file of a key in the open directory of a place, and what
 * to do about that; static.
 */
const char *key_file_find_fault(enum key_place place, int directory, const struct stat *st);

/*
 * Reads the key of that name in the open directory of a place: *key is owned, released with
 * key_free(), and NULL when there is no such file any more. known is NULL, or the key that was
 * read from this file before: of the same text it is copied, since to check the numbers of a key
 * takes milliseconds. Returns NULL, or what is wrong and what to do about it, never a word of the
 * content (good until the next call in this thread); *key is then NULL.
 */
const char *key_file_read(int directory, enum key_place place, const char *name,
    const struct key *known, struct key **key);

/*
 * Returns whether the file of a key that was read may still hold it: false when there is certainly
 * no such file in the open directory any more, or another key in it. Needs no descriptor to find
 * that a file is gone.
 */
bool key_file_may_hold(int directory, enum key_place place, const struct key *key);

/*
 * Writes a key's file, whole and durable or not at all, over one that is there. Returns ERR_OK,
 * ERR_MEMORY, or ERR_STORAGE, with errno.
 */
ERR_CHECKED enum err key_file_write(int directory, enum key_place place, const struct key *key);

/* The mode of a file of a key in a shared place: see key_place_is_shared(). */
enum { KEY_FILE_SHARED = 0640 };

#endif
