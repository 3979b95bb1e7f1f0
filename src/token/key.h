/*
 * key: one key, which signs access tokens and checks what it has signed.
 *
 * A key has an id, a moment at which it was made, a role and one algorithm (RFC 8725, section
 * 3.1). None of them ever changes, so all threads may use a key at once. A keyring reads keys from
 * files (token/keyring.h); what a key is made of, and which algorithm is behind it, stays in this
 * room.
 */
#ifndef BEARWARD_TOKEN_KEY_H
#define BEARWARD_TOKEN_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	KEY_ID_SIZE = 65,	/* a key id has 1-64 of A-Z a-z 0-9 _ - */
	KEY_SECRET_MIN = 32,	/* bytes: RFC 7518, section 3.2 */
	KEY_SECRET_MAX = 1024,
	KEY_SIGNATURE_MAX = 32,	/* bytes of the longest signature of any algorithm */
};

/* Every key verifies; one of a snapshot signs as well. */
enum key_role { KEY_VERIFIES, KEY_SIGNS };

/* What the header segment of a token has to do with a key. */
enum key_header {
	KEY_HEADER_OTHER,	/* another key, another algorithm, or nonsense */
	KEY_HEADER_OWN,		/* byte for byte the one that the key issues */
	KEY_HEADER_WITHOUT_KID,	/* the tutorial's, for the algorithm of the key */
};

struct key;

/* Returns the key id: the name of the key's file, and `kid` in a token. Borrowed from the key. */
const char *key_id(const struct key *key);

/* Returns when the key was made, in seconds since 1970, or 0 when that is not known. */
int64_t key_created_at(const struct key *key);

/* Returns what the key is for in the snapshot that it was borrowed with. */
enum key_role key_role(const struct key *key);

/*
 * Signs claims, a JSON object. *jwt receives the token in compact form, with the header of this
 * key: owned, secret, released with secret_free(). Returns ERR_INTERNAL or ERR_MEMORY, logged;
 * *jwt is then NULL.
 */
ERR_CHECKED enum err key_sign(const struct key *key, const char *claims, char **jwt);

/* Compares a header segment of len characters, base64url as it came, with those a key knows. */
enum key_header key_compare_header(const struct key *key, const char *segment, size_t len);

/*
 * Checks the signature of the first two segments of a token, text_len characters with the dot
 * between them. Returns ERR_OK when the key has made it, ERR_TOKEN when it has not, and
 * ERR_MEMORY when there is no memory to tell. Does not look at what the segments say.
 */
ERR_CHECKED enum err key_check(const struct key *key, const char *text, size_t text_len,
    const unsigned char *signature, size_t signature_len);

#endif
