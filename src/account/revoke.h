/*
 * revoke: ends a token on behalf of whoever has it (RFC 7009; protocol section 7.2).
 */
#ifndef BEARWARD_ACCOUNT_REVOKE_H
#define BEARWARD_ACCOUNT_REVOKE_H

#include "account/context.h"
#include "base/err.h"

/*
 * Ends the grant of a refresh token, also of one that was replaced long ago; or an access token,
 * and with it the grant if that has no other. Returns ERR_OK when the token is dead now, on every
 * process, or was before, or never was one of ours; only in the first case is anything written.
 * Returns ERR_UNSUPPORTED_TOKEN for a tutorial token, which has no id to note; ERR_SETUP when no
 * key is left, ERR_STORAGE or ERR_MEMORY. The token may then be good still.
 */
ERR_CHECKED enum err revoke_token(struct context *context, const char *token);

#endif
