/*
 * keyring_internal: what adding and removing keys have in common. For this room alone.
 */
#ifndef BEARWARD_TOKEN_KEYRING_INTERNAL_H
#define BEARWARD_TOKEN_KEYRING_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key_file.h"

/*
 * Opens keys/, made where there is none, and locks it: of two who change keys at once, the later
 * must see what the earlier has done. NFS may not lock it. The lock ends with the close. Returns a
 * descriptor, owned; or -1, with errno, on failure.
 */
int keyring_lock(const char *state_dir);

/*
 * Visits the name of each file of a place that a keyring would read, until it returns false.
 * Returns false, with errno, when they cannot all be read; a missing directory has none.
 */
bool keyring_visit(const char *state_dir, enum key_place place,
    bool (*visit)(int directory, enum key_place place, const char *name, void *arg), void *arg);

/* Returns whether there is a file of that name in a place. */
bool keyring_has_file(const char *state_dir, enum key_place place, const char *name);

/* Writes the file of a key in a place; logs a failure as that event. */
ERR_CHECKED enum err keyring_write_file(const char *event, const char *state_dir,
    enum key_place place, const struct key *key);

/*
 * keyring_add.c. Tells when the last key that has begun to sign did so, in seconds since 1970; 0:
 * there is none. Returns false, with errno, when that cannot be seen.
 */
bool keyring_find_begun(const char *state_dir, int64_t *begun_at);

/*
 * keyring_pairs.c. Writes the public key as one that signs at the end of time. It checks tokens,
 * and does not make another key retire, whether its private key is there or not.
 */
ERR_CHECKED enum err keyring_hold_public(const char *event, const char *state_dir,
    const struct key *key);

/* Does the same with what is in public/ of that name, as far as that can be. */
void keyring_hold_public_of(const char *state_dir, const char *kid);

/*
 * Writes public keys that are missing or wrong. Removes those without a private key that come
 * after signs_at in order: those who check would take them for the key that signs.
 */
void keyring_mend_pairs(const char *state_dir, int64_t signs_at);

/* Logs that something went wrong with a file of a place, and why. Returns ERR_STORAGE. */
ERR_CHECKED enum err keyring_fail(const char *event, const char *state_dir, const char *file,
    const char *reason);

/* Milliseconds that a look at the directories serves for; the coarse clock adds up to 10. */
enum { KEYRING_RECENT = 10 };

#endif
