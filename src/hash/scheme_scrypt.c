/* scheme_scrypt: hashes of scrypt (RFC 7914), in the text forms of three programs. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "config/cost.h"
#include "hash/hasher.h"
#include "hash/scheme_internal.h"
#include "hash/scrypt.h"

enum { N_MAX = 1 << 20, R_MAX = 32, P_MAX = 16, PASSLIB_DIGEST_LEN = 32 };

_Static_assert((int)SCHEME_SALT_MAX <= (int)SCRYPT_SALT_MAX, "every salt fits");

/* Reads a power of two as its logarithm. */
static bool
parse_n(const char **at, long *log2_n)
{
	long n;

	if (!scheme_text_number(at, 2, N_MAX, &n) || (n & (n - 1)) != 0)
		return false;
	for (*log2_n = 0; n > 1; n >>= 1)
		++*log2_n;
	return true;
}

/* Looks at the bounds, which are those of our own hashes, and writes the kind. */
static bool
accept(const struct scheme *scheme, struct scheme_hash *hash)
{
	snprintf(hash->kind, sizeof(hash->kind), "%sln=%ld,r=%ld,p=%ld$", scheme->kind,
	    hash->cost.scrypt.log2_n, hash->cost.scrypt.r, hash->cost.scrypt.p);
	return cost_is_possible(hash->cost.scrypt.log2_n, hash->cost.scrypt.r,
	    hash->cost.scrypt.p);
}

/* Reads ln=16,r=8,p=1$salt$digest. */
bool
scheme_scrypt_parse_passlib(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return scheme_text_skip(&at, "ln=") &&
	    scheme_text_number(&at, 1, 20, &hash->cost.scrypt.log2_n) &&
	    scheme_text_skip(&at, ",r=") &&
	    scheme_text_number(&at, 1, R_MAX, &hash->cost.scrypt.r) &&
	    scheme_text_skip(&at, ",p=") &&
	    scheme_text_number(&at, 1, P_MAX, &hash->cost.scrypt.p) &&
	    scheme_text_skip(&at, "$") && accept(scheme, hash) &&
	    scheme_text_base64(&at, SCHEME_BASE64_PLAIN, scheme_salt(hash, 0, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") && scheme_text_base64(&at, SCHEME_BASE64_PLAIN,
	    scheme_digest(hash, PASSLIB_DIGEST_LEN, PASSLIB_DIGEST_LEN)) && *at == '\0';
}

/* Reads 16384$salt$8$1$digest. */
bool
scheme_scrypt_parse_django(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return parse_n(&at, &hash->cost.scrypt.log2_n) && scheme_text_skip(&at, "$") &&
	    scheme_text_bytes(&at, scheme_salt(hash, 1, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_number(&at, 1, R_MAX, &hash->cost.scrypt.r) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_number(&at, 1, P_MAX, &hash->cost.scrypt.p) &&
	    scheme_text_skip(&at, "$") && accept(scheme, hash) &&
	    scheme_text_base64(&at, SCHEME_BASE64_PADDED,
	    scheme_digest(hash, SCRYPT_DIGEST_LEN, SCRYPT_DIGEST_LEN)) && *at == '\0';
}

/* Reads 32768:8:1$salt$digest, the last in hexadecimal. */
bool
scheme_scrypt_parse_werkzeug(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return parse_n(&at, &hash->cost.scrypt.log2_n) && scheme_text_skip(&at, ":") &&
	    scheme_text_number(&at, 1, R_MAX, &hash->cost.scrypt.r) &&
	    scheme_text_skip(&at, ":") &&
	    scheme_text_number(&at, 1, P_MAX, &hash->cost.scrypt.p) &&
	    scheme_text_skip(&at, "$") && accept(scheme, hash) &&
	    scheme_text_bytes(&at, scheme_salt(hash, 1, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_hex(&at, scheme_digest(hash, SCRYPT_DIGEST_LEN, SCRYPT_DIGEST_LEN)) &&
	    *at == '\0';
}

/* A shorter digest is the beginning of a longer one, since PBKDF2 makes it block by block. */
enum err
scheme_scrypt_wait(struct hasher *hasher, const char *source, const struct scheme_hash *hash,
    const char *password, unsigned char digest[SCHEME_DIGEST_MAX])
{
	struct scrypt scrypt = {
		.log2_n = hash->cost.scrypt.log2_n,
		.r = hash->cost.scrypt.r,
		.p = hash->cost.scrypt.p,
		.salt_len = hash->salt_len,
	};
	enum err err;

	memcpy(scrypt.salt, hash->salt, hash->salt_len);
	err = hasher_scrypt(hasher, source, password, &scrypt);
	memcpy(digest, scrypt.hash, sizeof(scrypt.hash));
	secret_wipe(&scrypt, sizeof(scrypt));
	return err;
}
