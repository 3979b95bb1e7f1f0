/*
 * scheme, internal to hash/: what the table of schemes is made of.
 */
#ifndef BEARWARD_HASH_SCHEME_INTERNAL_H
#define BEARWARD_HASH_SCHEME_INTERNAL_H

#include "hash/scheme.h"
#include "hash/scheme_text.h"

struct scheme;

enum { SCHEME_BCRYPT_READS = 72 };	/* bytes of a password */

/*
 * Parses what follows the prefix, and looks at the bounds. A digest goes into the hash, and so do
 * the salt and the cost, as the function that computes it wants them.
 */
typedef bool scheme_parser(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash);

/* Computes the digest of a password, in a worker. What fails has been logged. */
typedef enum err scheme_computer(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX]);

struct scheme {
	const char *prefix;		/* a stored hash begins with it */
	const char *name;		/* as password_scheme() gives it */
	scheme_parser *parse;
	scheme_computer *compute;	/* NULL: scheme_scrypt_wait() waits for the engine */
	const char *kind;		/* its kinds begin with it */
	const char *nobodys;		/* follows a kind in the hash that no password has; NULL:
					 * another row of these kinds has it */
	const char *algorithm;		/* which, of several with the same functions */
	size_t reads;			/* bytes of a password; 0: all */
	bool is_weak;
};

/* The places in a hash for a salt and a digest of so many bytes; see scheme_text.h. */
struct scheme_bytes scheme_salt(struct scheme_hash *hash, size_t min, size_t max);
struct scheme_bytes scheme_digest(struct scheme_hash *hash, size_t min, size_t max);

/*
 * Log why a hash could not be computed. Return ERR_OVERLOADED where memory was out, which is
 * ENOMEM, or what OpenSSL says; else ERR_INTERNAL.
 */
enum err scheme_fail(const struct scheme_hash *hash, const char *reason, int failure);
enum err scheme_fail_in_openssl(const struct scheme_hash *hash, const char *reason);

/* ---- scheme_argon2.c: Argon2 (RFC 9106) with libargon2; the algorithm is its type. */
extern scheme_parser scheme_argon2_parse;
extern scheme_computer scheme_argon2_compute;

/* ---- scheme_bcrypt.c: bcrypt, of the password or of its SHA-2 in several spellings. */
extern scheme_parser scheme_bcrypt_parse, scheme_bcrypt_parse_passlib, scheme_bcrypt_parse_v2;
extern scheme_computer scheme_bcrypt_compute, scheme_bcrypt_compute_hex,
    scheme_bcrypt_compute_base64, scheme_bcrypt_compute_hmac, scheme_bcrypt_compute_wordpress;

/* ---- scheme_crypt.c: what crypt(3) of libxcrypt computes; only this file calls it. */
extern scheme_parser scheme_crypt_parse_md5, scheme_crypt_parse_sha, scheme_crypt_parse_yescrypt,
    scheme_crypt_parse_scrypt;
extern scheme_computer scheme_crypt_compute;

/*
 * Computes what follows the setting of a hash. Returns ERR_OK with zeros when crypt() does not
 * read a key that long.
 */
ERR_CHECKED enum err scheme_crypt_run(const struct scheme_hash *hash, const char *key,
    unsigned char digest[SCHEME_DIGEST_MAX]);

/* ---- scheme_md5.c: $apr1$ of Apache, and phpass. */
extern scheme_parser scheme_md5_parse_apr1, scheme_md5_parse_phpass;
extern scheme_computer scheme_md5_compute_apr1, scheme_md5_compute_phpass;

/* ---- scheme_pbkdf2.c: PBKDF2 (RFC 8018); the algorithm is a digest of OpenSSL. */
extern scheme_parser scheme_pbkdf2_parse_passlib, scheme_pbkdf2_parse_django,
    scheme_pbkdf2_parse_werkzeug;
extern scheme_computer scheme_pbkdf2_compute;

/* ---- scheme_scrypt.c: scrypt (RFC 7914), in other text forms than ours. */
extern scheme_parser scheme_scrypt_parse_passlib, scheme_scrypt_parse_django,
    scheme_scrypt_parse_werkzeug;
ERR_CHECKED enum err scheme_scrypt_wait(struct hasher *hasher, const char *source,
    const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX]);

/* ---- scheme_sha.c: one step of SHA, with or without a salt. */
extern scheme_parser scheme_sha_parse, scheme_sha_parse_werkzeug;
extern scheme_computer scheme_sha_compute, scheme_sha_compute_hmac;

#endif
