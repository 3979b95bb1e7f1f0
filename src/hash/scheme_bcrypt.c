/* scheme_bcrypt: hashes of bcrypt, alone and behind SHA-2. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "hash/scheme_internal.h"

enum {
	COST_MIN = 4,
	COST_MAX = 16,
	SALT_LEN = 22,		/* characters: 16 bytes and 4 spare bits */
	SALT_SPARE = 4,
	DIGEST_LEN = 31,	/* characters: 23 bytes and 2 spare bits */
	DIGEST_SPARE = 2,
	SHA256_LEN = 32,
	SHA384_LEN = 48,
};

/* Clears the spare bits that old versions of passlib set in the last character. */
static char
without_spare_bits(char last, int spare)
{
	static const char alphabet[] =
	    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const long value = strchr(alphabet, last) - alphabet;

	return alphabet[value >> spare << spare];
}

/* Takes what was read. The setting and the digest become what crypt() writes. */
static bool
take(char variant, long cost, const char *salt, const char *digest, struct scheme_hash *hash)
{
	char *setting = hash->cost.setting, *last;

	snprintf(hash->kind, sizeof(hash->kind), "$2%c$%02ld$", variant, cost);
	snprintf(setting, sizeof(hash->cost.setting), "%s%.*s", hash->kind, SALT_LEN, salt);
	last = &setting[strlen(setting) - 1];
	*last = without_spare_bits(*last, SALT_SPARE);
	/* The HMAC of passlib is keyed with it. */
	hash->salt_len = SALT_LEN;
	memcpy(hash->salt, last + 1 - SALT_LEN, SALT_LEN);
	hash->digest_len = DIGEST_LEN;
	memcpy(hash->digest, digest, DIGEST_LEN);
	hash->digest[DIGEST_LEN - 1] = (unsigned char)without_spare_bits(digest[DIGEST_LEN - 1],
	    DIGEST_SPARE);
	return true;
}

/* Reads b$12$ and 53 characters, of which 22 are the salt. */
bool
scheme_bcrypt_parse(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest, *salt;
	long cost;
	size_t len;

	(void)scheme;
	if (*at == '\0' || strchr("aby", *at) == NULL)
		return false;
	at++;
	if (!scheme_text_skip(&at, "$") || strspn(at, "0123456789") != 2)
		return false;
	cost = (at[0] - '0') * 10 + at[1] - '0';
	at += 2;
	if (cost < COST_MIN || cost > COST_MAX || !scheme_text_skip(&at, "$"))
		return false;
	salt = at;
	return scheme_text_word(&at, SALT_LEN + DIGEST_LEN, SALT_LEN + DIGEST_LEN, &len) &&
	    *at == '\0' && take(*rest, cost, salt, salt + SALT_LEN, hash);
}

/* Reads salt$digest. */
static bool
parse_parts(const char *at, char variant, long cost, struct scheme_hash *hash)
{
	const char *salt = at;
	size_t len;

	return scheme_text_word(&at, SALT_LEN, SALT_LEN, &len) && scheme_text_skip(&at, "$") &&
	    scheme_text_word(&at, DIGEST_LEN, DIGEST_LEN, &len) && *at == '\0' &&
	    take(variant, cost, salt, salt + SALT_LEN + 1, hash);
}

/* Reads a,12$salt$digest. */
bool
scheme_bcrypt_parse_passlib(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest + 1;
	long cost;

	(void)scheme;
	return (*rest == 'a' || *rest == 'b') && scheme_text_skip(&at, ",") &&
	    scheme_text_number(&at, COST_MIN, COST_MAX, &cost) && scheme_text_skip(&at, "$") &&
	    parse_parts(at, *rest, cost, hash);
}

/* Reads b,r=12$salt$digest. */
bool
scheme_bcrypt_parse_v2(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest;
	long cost;

	(void)scheme;
	return scheme_text_skip(&at, "b,r=") &&
	    scheme_text_number(&at, COST_MIN, COST_MAX, &cost) && scheme_text_skip(&at, "$") &&
	    parse_parts(at, 'b', cost, hash);
}

enum err
scheme_bcrypt_compute(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	char key[SCHEME_BCRYPT_READS + 1];
	enum err err;

	/* Truncated here, because crypt_rn() fails for long keys instead of truncating. */
	snprintf(key, sizeof(key), "%s", password);
	err = scheme_crypt_run(hash, key, digest);
	secret_wipe(key, sizeof(key));
	return err;
}

/* Django's: the SHA-256 in hexadecimal digits. */
enum err
scheme_bcrypt_compute_hex(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	unsigned char sha256[SHA256_LEN];
	char key[2 * SHA256_LEN + 1];
	enum err err;

	if (EVP_Digest(password, strlen(password), sha256, NULL, EVP_sha256(), NULL) != 1)
		return scheme_fail_in_openssl(hash, "SHA-256 failed");
	for (size_t i = 0; i < sizeof(sha256); i++)
		snprintf(key + 2 * i, 3, "%02x", sha256[i]);
	err = scheme_crypt_run(hash, key, digest);
	secret_wipe(sha256, sizeof(sha256));
	secret_wipe(key, sizeof(key));
	return err;
}

/* Goes on with a digest of len bytes, written in base64. */
static enum err
run_base64(const struct scheme_hash *hash, unsigned char sha[SHA384_LEN], size_t len,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	char key[BASE64_SIZE(SHA384_LEN)];
	enum err err;

	(void)text_encode_base64(BASE64_STANDARD, sha, len, key);
	err = scheme_crypt_run(hash, key, digest);
	secret_wipe(sha, len);
	secret_wipe(key, sizeof(key));
	return err;
}

/* passlib's version 1: the SHA-256 in base64. */
enum err
scheme_bcrypt_compute_base64(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	unsigned char sha[SHA384_LEN];

	if (EVP_Digest(password, strlen(password), sha, NULL, EVP_sha256(), NULL) != 1)
		return scheme_fail_in_openssl(hash, "SHA-256 failed");
	return run_base64(hash, sha, SHA256_LEN, digest);
}

/* passlib's version 2: an HMAC, keyed with the salt as it is written, in base64. */
enum err
scheme_bcrypt_compute_hmac(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	unsigned char sha[SHA384_LEN];

	if (HMAC(EVP_sha256(), hash->salt, (int)hash->salt_len, (const unsigned char *)password,
	    strlen(password), sha, NULL) == NULL)
		return scheme_fail_in_openssl(hash, "SHA-256 failed");
	return run_base64(hash, sha, SHA256_LEN, digest);
}

/* WordPress': an HMAC with SHA-384 and a key that all have, in base64. */
enum err
scheme_bcrypt_compute_wordpress(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	static const char key[] = "wp-sha384";
	unsigned char sha384[SHA384_LEN];

	if (HMAC(EVP_sha384(), key, sizeof(key) - 1, (const unsigned char *)password,
	    strlen(password), sha384, NULL) == NULL)
		return scheme_fail_in_openssl(hash, "SHA-384 failed");
	return run_base64(hash, sha384, SHA384_LEN, digest);
}
