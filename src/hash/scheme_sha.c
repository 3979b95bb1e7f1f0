/* scheme_sha: one step of SHA: {SHA} and {SSHA} of LDAP, and what werkzeug calls sha256. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/secret.h"
#include "hash/scheme_internal.h"

enum { SHA1_LEN = 20, SHA256_LEN = 32 };

/* Reads the base64 of the digest, and in {SSHA} of the salt behind it. */
bool
scheme_sha_parse(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const bool is_salted = strcmp(scheme->algorithm, "salted") == 0;
	const size_t salt_max = is_salted ? SCHEME_SALT_MAX : 0;
	const char *at = rest;

	memcpy(hash->kind, scheme->kind, strlen(scheme->kind) + 1);
	if (!scheme_text_base64(&at, SCHEME_BASE64_PADDED, scheme_digest(hash,
	    SHA1_LEN + is_salted, SHA1_LEN + salt_max)) || *at != '\0')
		return false;
	hash->salt_len = hash->digest_len - SHA1_LEN;
	hash->digest_len = SHA1_LEN;
	memcpy(hash->salt, hash->digest + SHA1_LEN, hash->salt_len);
	return true;
}

/* {SHA}: SHA-1 of the password, and in {SSHA} of the salt behind it. */
enum err
scheme_sha_compute(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	EVP_MD_CTX *sha1 = EVP_MD_CTX_new();	/* owned, secret; wiped when it is freed */
	const bool is_done = sha1 != NULL && EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(sha1, password, strlen(password)) == 1 &&
	    EVP_DigestUpdate(sha1, hash->salt, hash->salt_len) == 1 &&
	    EVP_DigestFinal_ex(sha1, digest, NULL) == 1;

	EVP_MD_CTX_free(sha1);
	return is_done ? ERR_OK : scheme_fail_in_openssl(hash, "SHA-1 failed");
}

/* Reads salt$digest, the last in hexadecimal. */
bool
scheme_sha_parse_werkzeug(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest;

	memcpy(hash->kind, scheme->kind, strlen(scheme->kind) + 1);
	return scheme_text_bytes(&at, scheme_salt(hash, 1, SCHEME_SALT_MAX)) &&
	    scheme_text_skip(&at, "$") &&
	    scheme_text_hex(&at, scheme_digest(hash, SHA256_LEN, SHA256_LEN)) && *at == '\0';
}

/* HMAC with SHA-256, keyed with the salt. */
enum err
scheme_sha_compute_hmac(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	return HMAC(EVP_sha256(), hash->salt, (int)hash->salt_len,
	    (const unsigned char *)password, strlen(password), digest, NULL) != NULL
	    ? ERR_OK : scheme_fail_in_openssl(hash, "SHA-256 failed");
}
