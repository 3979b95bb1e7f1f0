/*
 * keys: a snapshot of the keys, as their files were at one moment, and the part that each plays.
 *
 * A snapshot never changes and is shared by all threads that borrowed it from a keyring. What a
 * key does goes by the clock, from the keys that there are (protocol section 38.2): it is
 * published, and checks tokens, before it signs; the last that has begun to sign does so alone;
 * the ones before it check until the last token that they have signed has ended. Keys are in the
 * order in which they begin to sign. One whose beginning is unknown stands before all others, and
 * among equals the id decides.
 */
#ifndef BEARWARD_TOKEN_KEYS_H
#define BEARWARD_TOKEN_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "token/key.h"

enum { KEYS_MAX = 64 };	/* keys that a keyring reads */

struct keys;

enum key_state {
	KEY_PUBLISHED,	/* checks, and is to sign later */
	KEY_SIGNING,	/* checks and signs */
	KEY_RETIRED,	/* checks what it has signed */
	KEY_GONE,	/* nothing that it has signed is left: it checks nothing */
};

/*
 * Returns the key that signs now (seconds since 1970): the last that has begun, or where none has,
 * the first. NULL when there is no key at all. Borrowed from the snapshot.
 */
const struct key *keys_get_signing(const struct keys *keys, int64_t now);

/*
 * Returns the i-th key, the last in order first, or NULL past the first in order. Borrowed from
 * the snapshot.
 */
const struct key *keys_get(const struct keys *keys, size_t i);

/* Tells what the i-th key does now (seconds since 1970). */
enum key_state keys_state(const struct keys *keys, size_t i, int64_t now);

/*
 * Returns from when on the i-th key is gone, in seconds since 1970: when the next has signed for
 * as long as an access token lives. 0: not as long as there is no next one, or its beginning is
 * unknown.
 */
int64_t keys_gone_at(const struct keys *keys, size_t i);

/*
 * Returns a number that no other snapshot has, of whatever keyring (it is random), and that is
 * another after a key is gone.
 */
uint64_t keys_version(const struct keys *keys, int64_t now);

#endif
