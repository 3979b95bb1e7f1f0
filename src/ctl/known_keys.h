/*
 * known_keys: the keys that there are, as commands tell of them.
 */
#ifndef BEARWARD_CTL_KNOWN_KEYS_H
#define BEARWARD_CTL_KNOWN_KEYS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/ctl.h"
#include "token/keys.h"

enum { KNOWN_KEYS_MAX = 64 };

struct known_key {
	char kid[KEY_ID_SIZE];
	enum key_alg alg;
	enum key_state state;
	int64_t created_at;	/* these in seconds since 1970; 0: not known */
	int64_t signs_at;
	int64_t gone_at;
};

/* All of them, the last in order first. */
struct known_keys {
	int64_t now;		/* the moment of which this is true */
	size_t count;
	struct known_key list[KNOWN_KEYS_MAX];
};

/*
 * Opens the keys as the responder token does, unless they are open, and lists them as they are
 * now. Returns false when they cannot be read, which has been logged.
 */
bool known_keys_read(struct ctl *ctl, struct known_keys *known);

/* Returns the key of an id, or the one that signs, or NULL; borrowed. */
const struct known_key *known_keys_find(const struct known_keys *known, const char *kid);
const struct known_key *known_keys_find_signing(const struct known_keys *known);

/* Return the key before one in order, and the one after it, or NULL; borrowed. */
const struct known_key *known_keys_find_before(const struct known_keys *known,
    const struct known_key *key);
const struct known_key *known_keys_find_after(const struct known_keys *known,
    const struct known_key *key);

/* Writes the path of the file that has the secret or the private key. Returns path. */
const char *known_keys_path(const struct ctl *ctl, const struct known_key *key,
    char path[PATH_MAX]);

#endif
