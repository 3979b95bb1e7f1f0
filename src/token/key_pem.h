/*
 * key_pem: reads and writes a private or a public key as one PEM block (RFC 7468). For this room
 * alone.
 *
 * Text may stand before the block, and parameters of EC, and only white space behind it. A block
 * that needs a password is refused; nobody is ever asked for one.
 */
#ifndef BEARWARD_TOKEN_KEY_PEM_H
#define BEARWARD_TOKEN_KEY_PEM_H

#include <openssl/evp.h>
#include <stddef.h>

#include "token/key_internal.h"

/*
 * Reads a key in text, of len bytes: a private one as PKCS #8, or as EC (SEC 1) or RSA (PKCS #1)
 * have it, a public one as SubjectPublicKeyInfo. Does not look whether the key is any good.
 * Returns NULL, or what is wrong and, after a semicolon, what to do; static. *pkey is owned:
 * EVP_PKEY_free(), and NULL on a fault.
 */
const char *key_pem_read(const char *text, size_t len, enum key_half half, EVP_PKEY **pkey);

/*
 * Writes a key: PKCS #8, or SubjectPublicKeyInfo. *text is owned, secret: secret_free(). Returns
 * ERR_MEMORY or ERR_INTERNAL, logged; *text is then NULL.
 */
ERR_CHECKED enum err key_pem_write(const EVP_PKEY *pkey, enum key_half half, char **text);

#endif
