/*
 * key_text: the text of an asymmetric key's file: lines that say what the key is and when it does
 * what, and one PEM block, whose readers pass over such lines (RFC 7468, section 2). For this room
 * alone.
 *
 *	alg: ES256
 *	use: access
 *	made: 2026-01-02T03:04:05Z
 *	signs-from: 2026-01-02T03:19:05Z
 *	older-verify-for: 1800
 *	-----BEGIN PRIVATE KEY-----
 */
#ifndef BEARWARD_TOKEN_KEY_TEXT_H
#define BEARWARD_TOKEN_KEY_TEXT_H

#include <stddef.h>

#include "token/key_internal.h"

/*
 * Reads the lines of a text, of len bytes: *pem_at receives where the block begins. Returns NULL,
 * or what is wrong and what to do about it; static.
 */
const char *key_text_read(const char *text, size_t len, enum key_alg *alg,
    struct key_life *life, size_t *pem_at);

/*
 * Writes the lines and the block of the private or the public key: *text is owned, secret:
 * secret_free(). Returns ERR_INTERNAL or ERR_MEMORY; *text is then NULL.
 */
ERR_CHECKED enum err key_text_write(const struct key *key, enum key_half half, char **text);

#endif
