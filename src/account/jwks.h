/*
 * jwks: the public keys, as programs that check tokens themselves read them (RFC 7517, section 5;
 * protocol section 8).
 */
#ifndef BEARWARD_ACCOUNT_JWKS_H
#define BEARWARD_ACCOUNT_JWKS_H

#include <stdint.h>

#include "account/context.h"
#include "base/err.h"
#include "token/keys.h"

/*
 * Writes the JWK set of all asymmetric keys of a snapshot that are not gone now (seconds since
 * 1970). *text is owned: free(). Returns ERR_MEMORY; *text is then NULL.
 */
ERR_CHECKED enum err jwks_write(const struct keys *keys, int64_t now, char **text);

/*
 * Writes the set of the keys that the service publishes, as they are at the moment of context.
 * *text is owned: free(). Returns ERR_SETUP, logged, when the keys cannot be read, or ERR_MEMORY;
 * *text is then NULL.
 */
ERR_CHECKED enum err jwks_get(struct context *context, char **text);

#endif
