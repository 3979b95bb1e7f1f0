/* scrypt: the hash of RFC 7914, and libscrypt's text form of it. */
#include "hash/scrypt.h"

#include <errno.h>
#include <libscrypt.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/cost.h"

enum {
	SALT_TEXT_LEN = BASE64_SIZE(SCRYPT_SALT_LEN) - 1,
	HASH_TEXT_LEN = BASE64_SIZE(SCRYPT_DIGEST_LEN) - 1,

	/* Where the parts of $s1$NNrrpp$salt$hash begin. */
	COST_AT = sizeof("$s1$") - 1,
	COST_LEN = 6,
	SALT_AT = COST_AT + COST_LEN + 1,
	HASH_AT = SALT_AT + SALT_TEXT_LEN + 1,
	TEXT_LEN = HASH_AT + HASH_TEXT_LEN,
};

_Static_assert((int)TEXT_LEN < (int)SCRYPT_TEXT_SIZE, "the text form fits");

enum err
scrypt_compute(const char *password, struct scrypt *scrypt)
{
	if (libscrypt_scrypt((const uint8_t *)password, strlen(password), scrypt->salt,
	    scrypt->salt_len, (uint64_t)1 << scrypt->log2_n, (uint32_t)scrypt->r,
	    (uint32_t)scrypt->p, scrypt->hash, sizeof(scrypt->hash)) == 0)
		return ERR_OK;

	log_event(LEVEL_ERROR, "cannot compute a scrypt hash",
	    LOG_TEXT("reason", strerror(errno)));
	return errno == ENOMEM ? ERR_OVERLOADED : ERR_INTERNAL;
}

/* PBKDF2 with one iteration, since scryptROMix is what makes a guess expensive. */
static enum err
pbkdf2(const char *password, const unsigned char *salt, size_t salt_len, unsigned char *out,
    size_t len)
{
	bool is_out_of_memory;

	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, (int)salt_len, 1,
	    EVP_sha256(), (int)len, out) == 1)
		return ERR_OK;
	is_out_of_memory = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;
	ERR_clear_error();
	log_event(LEVEL_ERROR, "cannot compute a scrypt hash",
	    LOG_TEXT("reason", is_out_of_memory ? "out of memory" : "PBKDF2 failed"));
	return is_out_of_memory ? ERR_OVERLOADED : ERR_INTERNAL;
}

enum err
scrypt_expand(const char *password, const struct scrypt *scrypt, unsigned char *blocks)
{
	return pbkdf2(password, scrypt->salt, scrypt->salt_len, blocks,
	    (size_t)(scrypt->p * 128 * scrypt->r));
}

enum err
scrypt_collapse(const char *password, const unsigned char *blocks, struct scrypt *scrypt)
{
	return pbkdf2(password, blocks, (size_t)(scrypt->p * 128 * scrypt->r), scrypt->hash,
	    sizeof(scrypt->hash));
}

void
scrypt_format(const struct scrypt *scrypt, char text[SCRYPT_TEXT_SIZE])
{
	char salt[SALT_TEXT_LEN + 1], hash[HASH_TEXT_LEN + 1];

	(void)text_encode_base64(BASE64_STANDARD, scrypt->salt, SCRYPT_SALT_LEN, salt);
	(void)text_encode_base64(BASE64_STANDARD, scrypt->hash, sizeof(scrypt->hash), hash);
	snprintf(text, SCRYPT_TEXT_SIZE, "$s1$%02lx%02lx%02lx$%s$%s",
	    scrypt->log2_n, scrypt->r, scrypt->p, salt, hash);
	secret_wipe(hash, sizeof(hash));
}

static bool
parse_cost(const char *digits, struct scrypt *scrypt)
{
	unsigned long log2_n, r, p;

	if (strspn(digits, "0123456789abcdefABCDEF") != COST_LEN)
		return false;
	if (sscanf(digits, "%2lx%2lx%2lx", &log2_n, &r, &p) != 3)
		return false;
	scrypt->log2_n = (long)log2_n;
	scrypt->r = (long)r;
	scrypt->p = (long)p;
	return cost_is_possible(scrypt->log2_n, scrypt->r, scrypt->p);
}

/* Decodes base64 of exactly len bytes. */
static bool
parse_bytes(const char *text, size_t text_len, unsigned char *bytes, size_t len)
{
	size_t decoded;

	if (text_decode_base64(BASE64_STANDARD, text, text_len, bytes, len, &decoded) != ERR_OK)
		return false;
	return decoded == len;
}

bool
scrypt_parse(const char *text, struct scrypt *scrypt)
{
	if (strlen(text) != TEXT_LEN || strncmp(text, "$s1$", COST_AT) != 0)
		return false;
	if (text[SALT_AT - 1] != '$' || text[HASH_AT - 1] != '$')
		return false;

	scrypt->salt_len = SCRYPT_SALT_LEN;
	return parse_cost(text + COST_AT, scrypt) &&
	    parse_bytes(text + SALT_AT, SALT_TEXT_LEN, scrypt->salt, SCRYPT_SALT_LEN) &&
	    parse_bytes(text + HASH_AT, HASH_TEXT_LEN, scrypt->hash, sizeof(scrypt->hash));
}
