/*
 * scheme, internal to hash/: the ways in which other programs store a password.
 *
 * A table in scheme.c has a row for each form of a stored hash. A text is parsed strictly, and
 * what it asks for is held against bounds before any work: a hash that asks for more is no hash.
 * Each bound is meant to keep one computation, of a long password as well, below some ten seconds
 * of a slow processor.
 */
#ifndef BEARWARD_HASH_SCHEME_H
#define BEARWARD_HASH_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "hash/password.h"

enum {
	SCHEME_SALT_MAX = 64,
	SCHEME_DIGEST_MAX = 96,
	SCHEME_SETTING_SIZE = 128,
};

struct hasher;
struct scheme;

/* A stored hash: how it is computed, and what must come out. */
struct scheme_hash {
	const struct scheme *scheme;		/* static */
	char kind[PASSWORD_KIND_SIZE];		/* see password_kind() */
	size_t memory;				/* bytes that computing it takes, beside a few */
	union {
		long rounds;
		struct { long version, kib, passes, lanes; } argon2;
		struct { long log2_n, r, p; } scrypt;
		char setting[SCHEME_SETTING_SIZE];	/* of crypt(): all before the digest */
	} cost;
	unsigned char salt[SCHEME_SALT_MAX];	/* where it is not in the setting */
	size_t salt_len;
	unsigned char digest[SCHEME_DIGEST_MAX];	/* secret */
	size_t digest_len;
};

/* Parses a stored hash. Returns false when it is of no scheme, or asks for too much. */
bool scheme_parse(const char *stored, struct scheme_hash *hash);

/*
 * Makes a hash of that kind that no password has. Returns false when scheme_parse() gives no hash
 * such a kind.
 */
bool scheme_make_nobodys(const char *kind, struct scheme_hash *hash);

/*
 * Waits for a worker and computes the hash of a password. Returns ERR_OK when it is the one that
 * is known, ERR_CREDENTIALS when it is not, or an error of hasher_run().
 */
ERR_CHECKED enum err scheme_check(struct hasher *hasher, const char *source,
    const struct scheme_hash *known, const char *password);

/* Returns what the scheme is called; static. */
const char *scheme_name(const struct scheme_hash *hash);

/* Tells whether the scheme reads all bytes of a password; if not, others have the same hash. */
bool scheme_reads_all(const struct scheme_hash *hash, const char *password);

/* Tells whether a scheme of that name is one that is quick to guess by trying. */
bool scheme_is_weak(const char *name);

#endif
