/*
 * scrypt: the hash of RFC 7914, and libscrypt's text form of it: $s1$NNrrpp$salt$hash, with
 * log2 N, r and p in two hex digits each, and salt and hash in padded base64.
 *
 * Only scrypt.c calls libscrypt. It does not know what a password is or whether one is right
 * (`password`), nor how hashes are computed faster (`scrypt_kernel`).
 */
#ifndef BEARWARD_HASH_SCRYPT_H
#define BEARWARD_HASH_SCRYPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum {
	SCRYPT_SALT_LEN = 16,
	SCRYPT_SALT_MAX = 64,		/* in a hash of another program */
	SCRYPT_DIGEST_LEN = 64,
	SCRYPT_TEXT_SIZE = 128,
};

/* A hash and its parameters; N = 2^log2_n. */
struct scrypt {
	long log2_n;
	long r;
	long p;
	unsigned char salt[SCRYPT_SALT_MAX];
	size_t salt_len;		/* SCRYPT_SALT_LEN in all that is stored by us */
	unsigned char hash[SCRYPT_DIGEST_LEN];
};

/*
 * Computes scrypt->hash from password and the other members, with libscrypt. Returns, logged,
 * ERR_OVERLOADED when there is not enough memory now, and ERR_INTERNAL when the parameters are
 * invalid.
 */
ERR_CHECKED enum err scrypt_compute(const char *password, struct scrypt *scrypt);

/*
 * Computes the first part of the same hash: fills blocks with p lanes of 128 r bytes, which are
 * secret. The caller then runs scryptROMix on each lane, and calls scrypt_collapse(). Returns,
 * logged, ERR_OVERLOADED when OpenSSL has not enough memory, and ERR_INTERNAL when it fails.
 */
ERR_CHECKED enum err scrypt_expand(const char *password, const struct scrypt *scrypt,
    unsigned char *blocks);

/* Computes the last part: scrypt->hash from password and blocks. Fails as scrypt_expand() does. */
ERR_CHECKED enum err scrypt_collapse(const char *password, const unsigned char *blocks,
    struct scrypt *scrypt);

/* Writes the text form of a hash with SCRYPT_SALT_LEN bytes of salt. */
void scrypt_format(const struct scrypt *scrypt, char text[SCRYPT_TEXT_SIZE]);

/*
 * Parses the text form strictly, and checks the cost with cost_is_possible(). Returns false, with
 * scrypt undefined, when text is not a hash that may be computed.
 */
bool scrypt_parse(const char *text, struct scrypt *scrypt);

#endif
