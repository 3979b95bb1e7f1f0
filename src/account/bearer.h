/*
 * bearer: finds out whom a bearer token speaks for (RFC 6750).
 *
 * Where the service holds the database, that is asked each time, in one statement: whether the
 * user is there and active, and whether the token and the grant that it came with are alive. Once
 * a change that ends any of these is done, no process speaks in favour of the token.
 */
#ifndef BEARWARD_ACCOUNT_BEARER_H
#define BEARWARD_ACCOUNT_BEARER_H

#include "account/context.h"
#include "account/identity.h"
#include "store/users.h"

/*
 * Finds the user whom a bearer token speaks for, by its signature and by what is stored now; *user
 * is owned, without the hash, and NULL on failure. Returns ERR_TOKEN when the token is refused,
 * has expired or was ended, or the user is gone; ERR_INACTIVE; ERR_FORBIDDEN when the token lacks
 * scope_needed ("" for none, borrowed by the context) or the user may no longer have it; ERR_SETUP
 * when no key is left; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err bearer_find_user(struct context *context, const char *jwt,
    const char *scope_needed, struct user **user);

/*
 * Tells whom a bearer token speaks for, by its signature and claims. Where the service holds the
 * database, the user must also be stored and active now, the token must not have been ended, and
 * the scope is that part of the token's scope which the user may still have. Where it does not, a
 * tutorial token is refused. Returns ERR_TOKEN when the token is refused, has expired, was ended
 * or is for another audience, or the user is gone; ERR_INACTIVE; what identity_check() does;
 * ERR_SETUP when no key is left; ERR_STORAGE or ERR_MEMORY. identity ends with identity_clear();
 * on failure it holds nothing.
 */
ERR_CHECKED enum err bearer_identify(struct context *context, const char *jwt,
    const struct requirements *requirements, struct identity *identity);

#endif
