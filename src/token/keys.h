/*
 * keys: a snapshot of the signing keys, as they were in keys/ at one moment.
 *
 * A snapshot never changes and is shared by all threads that borrowed it from a keyring. It has at
 * least one key. The newest key signs: a key whose id does not tell when it was made counts as
 * older than every key whose id does, and among equals the id that sorts last is the newest.
 */
#ifndef BEARWARD_TOKEN_KEYS_H
#define BEARWARD_TOKEN_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "token/key.h"

struct keys;

/* Returns the key that signs. Borrowed from the snapshot. */
const struct key *keys_get_signing(const struct keys *keys);

/* Returns the i-th key, newest first, or NULL past the last. Borrowed from the snapshot. */
const struct key *keys_get(const struct keys *keys, size_t i);

/* Returns a number that no other snapshot has, of whatever keyring: it is random. */
uint64_t keys_version(const struct keys *keys);

#endif
