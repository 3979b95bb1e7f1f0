/* scheme_crypt: hashes that crypt(3) of libxcrypt computes. */
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "config/cost.h"
#include "hash/scheme_internal.h"

enum {
	MD5_SALT_MAX = 8,
	MD5_DIGEST_LEN = 22,
	SHA_SALT_MAX = 16,
	SHA_ROUNDS_MIN = 1000,
	SHA_ROUNDS_MAX = 1000000,
	YESCRYPT_SALT_MAX = 86,		/* 64 bytes */
	YESCRYPT_DIGEST_LEN = 43,
	SCRYPT_NUMBER_LEN = 5,
};

/* Takes what precedes the digest as setting, and the digest, of digest_len characters. */
static bool
take_digest(const struct scheme *scheme, const char *rest, const char *at, size_t digest_len,
    struct scheme_hash *hash)
{
	const int setting_len = (int)(at - rest);
	const int len = snprintf(hash->cost.setting, sizeof(hash->cost.setting), "%s%.*s",
	    scheme->prefix, setting_len, rest);
	size_t found;

	memcpy(hash->digest, at, digest_len);
	hash->digest_len = digest_len;
	return len < (int)sizeof(hash->cost.setting) &&
	    scheme_text_word(&at, digest_len, digest_len, &found) && *at == '\0';
}

/* Makes the kind: the setting up to a salt, which is written as dots. */
static void
make_kind(const struct scheme *scheme, const char *rest, const char *salt, size_t salt_len,
    struct scheme_hash *hash)
{
	snprintf(hash->kind, sizeof(hash->kind), "%s%.*s%.*s$", scheme->prefix,
	    (int)(salt - rest), rest, (int)salt_len, "................");
}

/* Reads the salt, on the length of which depends what is hashed in each round. */
static bool
parse_salt(const struct scheme *scheme, const char *rest, const char *salt, size_t salt_max,
    size_t digest_len, struct scheme_hash *hash)
{
	const char *at = salt;
	size_t salt_len;

	if (!scheme_text_word(&at, 1, salt_max, &salt_len) || !scheme_text_skip(&at, "$"))
		return false;
	make_kind(scheme, rest, salt, salt_len, hash);
	return strlen(at) == digest_len && take_digest(scheme, rest, at, digest_len, hash);
}

bool
scheme_crypt_parse_md5(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	return parse_salt(scheme, rest, rest, MD5_SALT_MAX, MD5_DIGEST_LEN, hash);
}

bool
scheme_crypt_parse_sha(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const size_t digest_len = strlen(scheme->nobodys);
	const char *at = rest;
	long rounds;

	if (scheme_text_skip(&at, "rounds=") &&
	    !(scheme_text_number(&at, SHA_ROUNDS_MIN, SHA_ROUNDS_MAX, &rounds) &&
	    scheme_text_skip(&at, "$")))
		return false;
	return parse_salt(scheme, rest, at, SHA_SALT_MAX, digest_len, hash);
}

/* Returns what a character of a cost stands for, or -1. */
static long
value_of(char c)
{
	const char *found = c == '\0' ? NULL : strchr(scheme_text_crypt64, c);

	return found == NULL ? -1 : found - scheme_text_crypt64;
}

/* Tells whether a salt is whole bytes; else yescrypt computes nothing. The last bits come last. */
static bool
is_whole(const char *salt)
{
	const size_t len = strcspn(salt, "$"), rest = len % 4;

	return rest == 0 || (rest == 2 && value_of(salt[len - 1]) < 1 << 2) ||
	    (rest == 3 && value_of(salt[len - 1]) < 1 << 4);
}

/* Reads the salt, of any length, and the digest; the kind ends where the salt begins. */
static bool
parse_yescrypt_rest(const struct scheme *scheme, const char *rest, const char *salt,
    struct scheme_hash *hash)
{
	const char *at = salt;
	size_t salt_len;

	snprintf(hash->kind, sizeof(hash->kind), "%s%.*s", scheme->prefix, (int)(salt - rest),
	    rest);
	return scheme_text_word(&at, 1, YESCRYPT_SALT_MAX, &salt_len) &&
	    scheme_text_skip(&at, "$") && strlen(at) == YESCRYPT_DIGEST_LEN &&
	    take_digest(scheme, rest, at, YESCRYPT_DIGEST_LEN, hash);
}

/*
 * Reads j9T$salt$digest: the flavour that crypt_gensalt() makes, and one character each for log2 N
 * and r. Others would mean more numbers, and are not in use.
 */
bool
scheme_crypt_parse_yescrypt(const struct scheme *scheme, const char *rest,
    struct scheme_hash *hash)
{
	const char *at = rest;
	long log2_n, r;

	if (!scheme_text_skip(&at, "j") || strcspn(at, "$") != 2 || at[2] != '$')
		return false;
	log2_n = value_of(at[0]) + 1;
	r = value_of(at[1]) + 1;
	if (!cost_is_possible(log2_n, r, 1) || !is_whole(at + 3))
		return false;
	hash->memory = (size_t)(128 * r) << log2_n;
	return parse_yescrypt_rest(scheme, rest, at + 3, hash);
}

/* Reads five characters, of which the first are the lowest bits. */
static bool
parse_scrypt_number(const char **at, long *number)
{
	*number = 0;
	for (int i = 0; i < SCRYPT_NUMBER_LEN; i++, ++*at) {
		const long value = value_of(**at);

		if (value < 0)
			return false;
		*number |= value << (6 * i);
	}
	return true;
}

/* Reads CU..../....salt$digest: log2 N, r and p. */
bool
scheme_crypt_parse_scrypt(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const long log2_n = value_of(*rest);
	const char *at = rest + 1;
	long r, p;

	if (log2_n < 0 || !parse_scrypt_number(&at, &r) || !parse_scrypt_number(&at, &p) ||
	    !cost_is_possible(log2_n, r, p))
		return false;
	hash->memory = ((size_t)(128 * r) << log2_n) + (size_t)(128 * r * p);
	return parse_yescrypt_rest(scheme, rest, at, hash);
}

/*
 * crypt_rn() returns NULL on failure, unlike crypt_r(), and sanitizers do not intercept it. It
 * fails for a key that is too long: such a one is cut off, and wrong after the work of others.
 */
enum err
scheme_crypt_run(const struct scheme_hash *hash, const char *key,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	const size_t setting_len = strlen(hash->cost.setting);
	struct { char key[CRYPT_MAX_PASSPHRASE_SIZE]; struct crypt_data data; } *room;
	const char *computed;
	enum err err = ERR_OK;

	if ((room = calloc(1, sizeof(*room))) == NULL)
		return ERR_OVERLOADED;
	snprintf(room->key, sizeof(room->key), "%s", key);
	computed = crypt_rn(room->key, hash->cost.setting, &room->data, (int)sizeof(room->data));
	if (computed == NULL)
		err = scheme_fail(hash, strerror(errno), errno);
	else if (strlen(key) < sizeof(room->key) &&
	    strlen(computed) == setting_len + hash->digest_len &&
	    memcmp(computed, hash->cost.setting, setting_len) == 0)
		memcpy(digest, computed + setting_len, hash->digest_len);
	secret_wipe(room, sizeof(*room));
	free(room);
	return err;
}

enum err
scheme_crypt_compute(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	return scheme_crypt_run(hash, password, digest);
}
