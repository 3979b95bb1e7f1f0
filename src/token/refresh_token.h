/*
 * refresh_token: the form of a refresh token, and what is made of one (protocol section 19).
 *
 * A refresh token is "bwr_" and 64 characters of base64url: a selector, which is the same for all
 * tokens of a grant, and a secret. The database has neither. It has the id of the grant, made of
 * the selector, and digests of secrets. A secret and a salt make the next secret, so whoever shows
 * a token can be given its successor again, and the database alone yields none.
 */
#ifndef BEARWARD_TOKEN_REFRESH_TOKEN_H
#define BEARWARD_TOKEN_REFRESH_TOKEN_H

#include <stdbool.h>

#include "base/err.h"

/* Lengths in bytes; REFRESH_TOKEN_SIZE is the room for the text. */
enum {
	REFRESH_TOKEN_SELECTOR_LEN = 16,
	REFRESH_TOKEN_SECRET_LEN = 32,
	REFRESH_TOKEN_GID_LEN = 16,
	REFRESH_TOKEN_DIGEST_LEN = 32,
	REFRESH_TOKEN_SALT_LEN = 16,
	REFRESH_TOKEN_SIZE = sizeof("bwr_") + 64,
};

/* All of it is secret: refresh_token_clear(). */
struct refresh_token {
	unsigned char selector[REFRESH_TOKEN_SELECTOR_LEN];
	unsigned char secret[REFRESH_TOKEN_SECRET_LEN];
};

/* Makes the first token of a grant. Returns ERR_INTERNAL when the kernel gives no random bytes. */
ERR_CHECKED enum err refresh_token_new(struct refresh_token *token);

/*
 * Reads a token. Returns false, with nothing in token, for every other text: a token has one
 * spelling.
 */
bool refresh_token_parse(const char *text, struct refresh_token *token);

/* Writes a token as clients have it; text is secret: secret_wipe(). */
void refresh_token_format(const struct refresh_token *token, char text[REFRESH_TOKEN_SIZE]);

/* Makes the id of the grant, which is public. Returns ERR_MEMORY when there is no memory. */
ERR_CHECKED enum err refresh_token_gid(const struct refresh_token *token,
    unsigned char gid[REFRESH_TOKEN_GID_LEN]);

/* Makes the digest of the secret. Returns ERR_MEMORY when there is no memory. */
ERR_CHECKED enum err refresh_token_digest(const struct refresh_token *token,
    unsigned char digest[REFRESH_TOKEN_DIGEST_LEN]);

/*
 * Makes the token that follows another with that salt. Returns ERR_MEMORY when there is no memory,
 * with nothing in successor.
 */
ERR_CHECKED enum err refresh_token_succeed(const struct refresh_token *token,
    const unsigned char salt[REFRESH_TOKEN_SALT_LEN], struct refresh_token *successor);

/* Wipes a token. */
void refresh_token_clear(struct refresh_token *token);

#endif
