/* scheme_pbkdf2: hashes of PBKDF2 (RFC 8018), in the text forms of three programs. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "hash/scheme_internal.h"

enum { ROUNDS_MAX = 5000000 };

/* Returns the digest of the scheme; static. Its size is that of every stored hash. */
static const EVP_MD *
digest_of(const struct scheme *scheme)
{
	return EVP_get_digestbyname(scheme->algorithm);
}

static struct scheme_bytes
whole_digest(const struct scheme *scheme, struct scheme_hash *hash)
{
	const size_t len = (size_t)EVP_MD_get_size(digest_of(scheme));

	return scheme_digest(hash, len, len);
}

/* Reads 29000$, with which all three forms begin. */
static bool
parse_rounds(const struct scheme *scheme, const char **at, struct scheme_hash *hash)
{
	if (!scheme_text_number(at, 1, ROUNDS_MAX, &hash->cost.rounds))
		return false;
	snprintf(hash->kind, sizeof(hash->kind), "%s%ld$", scheme->kind, hash->cost.rounds);
	return scheme_text_skip(at, "$");
}

bool
scheme_pbkdf2_parse_passlib(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return parse_rounds(scheme, &at, hash) &&
	    scheme_text_base64(&at, SCHEME_BASE64_ADAPTED,
	    scheme_salt(hash, 0, SCHEME_SALT_MAX)) && scheme_text_skip(&at, "$") &&
	    scheme_text_base64(&at, SCHEME_BASE64_ADAPTED, whole_digest(scheme, hash)) &&
	    *at == '\0';
}

bool
scheme_pbkdf2_parse_django(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return parse_rounds(scheme, &at, hash) &&
	    scheme_text_bytes(&at, scheme_salt(hash, 1, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_base64(&at, SCHEME_BASE64_PADDED, whole_digest(scheme, hash)) &&
	    *at == '\0';
}

bool
scheme_pbkdf2_parse_werkzeug(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;

	return parse_rounds(scheme, &at, hash) &&
	    scheme_text_bytes(&at, scheme_salt(hash, 1, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_hex(&at, whole_digest(scheme, hash)) && *at == '\0';
}

enum err
scheme_pbkdf2_compute(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), hash->salt, (int)hash->salt_len,
	    (int)hash->cost.rounds, digest_of(hash->scheme), (int)hash->digest_len, digest) == 1)
		return ERR_OK;
	return scheme_fail_in_openssl(hash, "PBKDF2 failed");
}
