/*
 * key_internal: makes and compares keys, and says what an algorithm is. For this room alone.
 *
 * An algorithm is a file with a table of functions; key_hs256.c is the only one. key.c decides
 * which one a key has.
 */
#ifndef BEARWARD_TOKEN_KEY_INTERNAL_H
#define BEARWARD_TOKEN_KEY_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "token/key.h"

/* What an algorithm has made of a secret, ready for use by any number of threads. */
struct key_material;

struct key_algorithm {
	const char *alg;		/* of the header: RFC 7518, section 3.1 */
	const char *typ;		/* of the header: protocol section 4.1 */
	size_t signature_len;
	/* Header segments without `kid` that other programs issue; NULL after the last. */
	const char *const *foreign_headers;

	/* Returns NULL when secret, of len bytes, will do, or what is wrong with it; static. */
	const char *(*find_fault)(const char *secret, size_t len);
	/* Copies what it needs of secret. Returns NULL when there is no memory. */
	struct key_material *(*new_material)(const char *secret, size_t len);
	/* Wipes and frees it. */
	void (*free_material)(struct key_material *material);
	/* Returns NULL when there is no memory. */
	struct key_material *(*copy_material)(const struct key_material *material);
	/* Returns whether it is of that secret, of len bytes. */
	bool (*has_secret)(const struct key_material *material, const char *secret, size_t len);
	/* Returns whether both are of one secret. */
	bool (*is_same)(const struct key_material *a, const struct key_material *b);

	/* Do what key.h says of key_sign() and key_check(); signature has signature_len bytes. */
	enum err (*sign)(const struct key_material *material, const char *kid, const char *claims,
	    char **jwt);
	enum err (*check)(const struct key_material *material, const char *text, size_t text_len,
	    const unsigned char *signature);
};

extern const struct key_algorithm key_hs256;

/* Returns NULL when a secret of len bytes can be that of a key, or what is wrong; static. */
const char *key_find_fault(const char *secret, size_t len);

/*
 * Makes a key that verifies. secret, of len bytes, has no fault, and kid is a key id; both are
 * copied. Returns NULL when there is no memory. Owned: key_free().
 */
struct key *key_new(const char *kid, const char *secret, size_t len);

/* Makes a copy that verifies. Returns NULL when there is no memory. Owned: key_free(). */
struct key *key_copy(const struct key *key);

/* Wipes the secret. Accepts NULL. */
void key_free(struct key *key);

/* Sets the role, before the key is shared. */
void key_set_role(struct key *key, enum key_role role);

/* Returns whether the key was made of that secret, of len bytes. */
bool key_has_secret(const struct key *key, const char *secret, size_t len);

/* Returns whether both have the same id and the same secret. */
bool key_is_same(const struct key *a, const struct key *b);

#endif
