/*
 * scrypt: the hash of RFC 7914, and libscrypt's text form of it: $s1$NNrrpp$salt$hash, with
 * log2 N, r and p in two hex digits each, and salt and hash in padded base64.
 *
 * The one file that knows libscrypt. What a password is, and whether it is right, is known to
 * `password`; how to make hashes quicker, to `scrypt_kernel`.
 */
#ifndef BEARWARD_HASH_SCRYPT_H
#define BEARWARD_HASH_SCRYPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { SCRYPT_SALT_LEN = 16, SCRYPT_DIGEST_LEN = 64, SCRYPT_TEXT_SIZE = 128 };

/* A hash and how it is made; N = 2^log2_n. */
struct scrypt {
	long log2_n;
	long r;
	long p;
	unsigned char salt[SCRYPT_SALT_LEN];
	size_t salt_len;		/* SCRYPT_SALT_LEN in everything that is stored */
	unsigned char hash[SCRYPT_DIGEST_LEN];
};

/*
 * Computes hash from password and the rest. Logged: ERR_OVERLOADED, no memory for it now;
 * ERR_INTERNAL, no such cost.
 */
ERR_CHECKED enum err scrypt_compute(const char *password, struct scrypt *scrypt);

/*
 * The two ends of the same hash, for who computes what lies between them: p lanes of 128 r bytes
 * in blocks, each through scryptROMix. What is in blocks is secret. ERR_INTERNAL, logged.
 */
ERR_CHECKED enum err scrypt_expand(const char *password, const struct scrypt *scrypt,
    unsigned char *blocks);
ERR_CHECKED enum err scrypt_collapse(const char *password, const unsigned char *blocks,
    struct scrypt *scrypt);

/* Writes the text form. */
void scrypt_format(const struct scrypt *scrypt, char text[SCRYPT_TEXT_SIZE]);

/*
 * Reads the text form, strictly, and with the bounds of cost_is_possible() before any work can
 * come of it; false: it is none, and scrypt holds nothing of use.
 */
bool scrypt_parse(const char *text, struct scrypt *scrypt);

#endif
