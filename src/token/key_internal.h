/*
 * key_internal: makes and compares keys, and says what an algorithm is. For this room alone.
 *
 * An algorithm is a file with a table of functions: key_hs256.c, key_es256.c, key_rs256.c,
 * key_eddsa.c.
 */
#ifndef BEARWARD_TOKEN_KEY_INTERNAL_H
#define BEARWARD_TOKEN_KEY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "token/key.h"

/* What is read or written of a key. A secret is read and written as if it were private. */
enum key_half { KEY_PRIVATE, KEY_PUBLIC };

/* What an algorithm has made of a secret or a half, ready for use by any number of threads. */
struct key_material;

struct key_algorithm {
	const char *name;		/* of the header: RFC 7518, section 3.1; RFC 8037 */
	const char *typ;		/* of the header: protocol section 4.1 */
	bool is_asymmetric;		/* keys are pairs of a private and a public key */
	/* Header segments without `kid` that other programs issue; NULL after the last. */
	const char *const *foreign_headers;

	/*
	 * Makes material of a secret, whatever the half, or of a PEM block, of len bytes. Returns
	 * NULL, or what is wrong and, after a semicolon, what to do; static. *material is owned:
	 * free_material(), and NULL on a fault.
	 */
	const char *(*read)(const char *text, size_t len, enum key_half half,
	    struct key_material **material);
	/* Makes a new random key. Returns ERR_INTERNAL or ERR_MEMORY; *material is then NULL. */
	enum err (*generate)(struct key_material **material);
	/*
	 * Writes the secret, or the half as a PEM block. *text is owned, secret: secret_free().
	 * Returns ERR_MEMORY; *text is then NULL.
	 */
	enum err (*write)(const struct key_material *material, enum key_half half, char **text);
	/* Wipes and frees it. Accepts NULL. */
	void (*free_material)(struct key_material *material);
	/* Returns NULL when there is no memory. */
	struct key_material *(*copy_material)(const struct key_material *material);
	/* Returns whether both are of one secret, or of one public key. */
	bool (*is_same)(const struct key_material *a, const struct key_material *b);
	size_t (*signature_len)(const struct key_material *material);
	/*
	 * Adds the required members of the public key to a JWK, in the order of their names (RFC
	 * 7638). Returns false when there is no memory. NULL where there are no halves.
	 */
	bool (*add_members)(const struct key_material *material, struct json_object *jwk);

	/*
	 * Do what key.h says of key_sign() and key_check(). header is the first segment of the
	 * key's tokens; signature has signature_len() bytes.
	 */
	enum err (*sign)(const struct key_material *material, const char *kid, const char *header,
	    const char *claims, char **jwt);
	enum err (*check)(const struct key_material *material, const char *text, size_t text_len,
	    const unsigned char *signature);
};

extern const struct key_algorithm key_hs256, key_es256, key_rs256, key_eddsa;

/* When a key does what: seconds since 1970; 0 is unknown. */
struct key_life {
	int64_t made_at;
	int64_t signs_at;
	bool is_to_wait;	/* until signs_at; else it has begun, whatever the clock says */
	int64_t older_for;	/* seconds for which tokens of the key before it may live on */
};

const struct key_algorithm *key_algorithm_of(enum key_alg alg);

/*
 * Makes a key. kid is a key id; material is taken over, also on failure. Returns NULL when there
 * is no memory. Owned: key_free().
 */
struct key *key_new(const char *kid, const struct key_life *life, enum key_alg alg,
    struct key_material *material);

/* Make a copy, the second with another life: owned, key_free(); NULL: there is no memory. */
struct key *key_copy(const struct key *key);
struct key *key_copy_with_life(const struct key *key, const struct key_life *life);

/* Wipes the secret. Accepts NULL. */
void key_free(struct key *key);

const struct key_life *key_life(const struct key *key);

/* Notes of which text of a file a key was made, before the key is shared. */
void key_note_text(struct key *key, const char *text, size_t len);

/* Returns whether a key was made of exactly that text. */
bool key_is_of_text(const struct key *key, const char *text, size_t len);

/* Writes a half, or the secret, as struct key_algorithm says of write(). */
ERR_CHECKED enum err key_write(const struct key *key, enum key_half half, char **text);

/* Returns whether both have the same id, the same life, and the same secret or public key. */
bool key_is_same(const struct key *a, const struct key *b);

#endif
