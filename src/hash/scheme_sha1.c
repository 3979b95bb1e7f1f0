/* scheme_sha1: {SHA} and {SSHA} of LDAP: SHA-1 of the password, and of the password and a salt. */
#include <openssl/evp.h>
#include <string.h>

#include "base/secret.h"
#include "hash/scheme_internal.h"

enum { SHA1_LEN = 20 };

/* Reads the base64 of the digest, and in {SSHA} of the salt behind it. */
bool
scheme_sha1_parse(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
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

enum err
scheme_sha1_compute(const struct scheme_hash *hash, const char *password,
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
