/*
 * key: one key, which checks access tokens, and signs them where all of it is there.
 *
 * A key is a secret (HS256), or a pair of a private key, which signs, and a public key, which only
 * checks: the halves of an asymmetric key. It has an id, a life (token/keys.h tells what part it
 * plays when) and one algorithm (RFC 8725, section 3.1). None of them ever changes, so all threads
 * may use a key at once. A keyring reads keys from files (token/keyring.h); what a key is made of,
 * and how an algorithm works, stays in this room.
 */
#ifndef BEARWARD_TOKEN_KEY_H
#define BEARWARD_TOKEN_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	KEY_ID_SIZE = 65,	/* a key id has 1-64 of A-Z a-z 0-9 _ - */
	KEY_SECRET_MIN = 32,	/* bytes: RFC 7518, section 3.2 */
	KEY_SECRET_MAX = 1024,
	KEY_TEXT_MAX = 8192,	/* bytes of a key's file */
	KEY_SIGNATURE_MAX = 512,	/* bytes of the longest signature of any algorithm */
};

enum key_alg { KEY_HS256, KEY_ES256, KEY_RS256, KEY_EDDSA, KEY_ALGS };

/* What the header segment of a token has to do with a key. */
enum key_header {
	KEY_HEADER_OTHER,	/* another key, another algorithm, or nonsense */
	KEY_HEADER_OWN,		/* byte for byte the one that the key issues */
	KEY_HEADER_WITHOUT_KID,	/* the tutorial's, for the algorithm of the key */
};

struct key;
struct json_object;

/* Returns what `alg` is called in a header (RFC 7518, section 3.1; RFC 8037); static. */
const char *key_alg_name(enum key_alg alg);

/* Finds the algorithm of a name, exactly as it is written. Returns false when there is none. */
bool key_alg_find(const char *name, enum key_alg *alg);

/* Returns whether keys of the algorithm are pairs, whose public key may be anybody's. */
bool key_alg_is_asymmetric(enum key_alg alg);

/* Returns the key id: the name of the key's file, and `kid` in a token. Borrowed from the key. */
const char *key_id(const struct key *key);

enum key_alg key_alg(const struct key *key);

/* Returns when the key was made, in seconds since 1970, or 0 when that is not known. */
int64_t key_created_at(const struct key *key);

/* Returns from when on the key may sign, in seconds since 1970; 0 when that is not known. */
int64_t key_signs_at(const struct key *key);

/*
 * Makes a JWK of the public key (RFC 7517; RFC 7518, section 6; RFC 8037): *jwk is owned,
 * released with json_object_put(), and NULL for HS256, which has none. Returns ERR_MEMORY on
 * failure; *jwk is then NULL.
 */
ERR_CHECKED enum err key_jwk(const struct key *key, struct json_object **jwk);

/*
 * Writes the public key as a PEM block (RFC 7468, section 13): *pem is owned, released with
 * secret_free(). Returns ERR_REFUSED for HS256, which has none, or ERR_MEMORY; *pem is then NULL.
 */
ERR_CHECKED enum err key_public_pem(const struct key *key, char **pem);

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
