/*
 * refresh: trades a refresh token for an access token (RFC 6749, section 6; protocol section 19).
 */
#ifndef BEARWARD_ACCOUNT_REFRESH_H
#define BEARWARD_ACCOUNT_REFRESH_H

#include "account/context.h"
#include "account/grant.h"

/*
 * Makes the tokens that a refresh token stands for, with the scope requested (NULL: all that is
 * left of what was granted). What the verdict has to write is on disk before this returns; the
 * verdict is logged. Returns ERR_REFRESH_TOKEN when nothing that is alive has such a token, and
 * when it is a sign that two have the grant, which has then been ended; ERR_SCOPE when more was
 * requested than is left; ERR_SETUP when there is no key to sign with; ERR_CONFLICT when others
 * changed the grant each time meanwhile; ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL. On failure
 * tokens holds nothing, and but for a grant that was ended nothing has changed.
 */
ERR_CHECKED enum err refresh_use(struct context *context, const char *refresh_token,
    const char *requested, struct grant_tokens *tokens);

#endif
