/*
 * key_place: the directories that files of keys are in, as token/keyring.h describes them. For
 * this room alone.
 */
#ifndef BEARWARD_TOKEN_KEY_PLACE_H
#define BEARWARD_TOKEN_KEY_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Where files of keys are. */
enum key_place {
	KEY_PLACE_SECRETS,	/* keys/: secrets of HS256; who checks needs them as well */
	KEY_PLACE_PRIVATE,	/* signing/: private keys */
	KEY_PLACE_PUBLIC,	/* public/: public keys */
	KEY_PLACES,
};

/* Returns the path of a place below the state directory; static. */
const char *key_place_path(enum key_place place);

/*
 * Opens the directory of a place. Returns a descriptor, owned; or -1, with errno, when there is
 * none.
 */
int key_place_open(const char *state_dir, enum key_place place);

/*
 * The same; makes it, durably, with mode 0700, or open to the group, where there is none. Returns
 * -1, with errno, on failure.
 */
int key_place_make(const char *state_dir, enum key_place place);

/* Returns NULL, or what is wrong with the open directory of a place, and what to do; static. */
const char *key_place_find_fault(enum key_place place, int directory, const struct stat *st);

/*
 * Returns whether the open directory of a place, or a file in it, belongs to the owner of the
 * state directory, or to root, and has no permissions for others but these: anybody may read a
 * public key, and the group of a shared state directory (base/owner.h) a secret.
 */
bool key_place_is_closed(enum key_place place, int directory, const struct stat *st);

/* Returns whether files of a place are to be open to the group of a shared state directory. */
bool key_place_is_shared(enum key_place place, int directory);

#endif
