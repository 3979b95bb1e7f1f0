/*
 * grant: chooses the scope that a user is given, and issues the access token that carries it (RFC
 * 6749, section 3.3).
 */
#ifndef BEARWARD_ACCOUNT_GRANT_H
#define BEARWARD_ACCOUNT_GRANT_H

#include "account/context.h"
#include "store/users.h"

/*
 * Checks, before anyone looks at credentials, whether any user may ask for these scopes (NULL:
 * none asked for). Returns ERR_SCOPE if not, and when their syntax is wrong. While no scope is
 * configured, dialect fastapi ignores those that are asked for.
 */
ERR_CHECKED enum err grant_check_scope(const struct config *config, const char *requested);

/*
 * Gives the scope that this user is granted, borrowed from requested or config; "" for none, also
 * where what was requested is ignored.
 * Returns ERR_SCOPE when a restricted one was asked for that the user was not given.
 */
ERR_CHECKED enum err grant_choose_scope(const struct config *config, const struct user *user,
    const char *requested, const char **scope);

/* Returns ERR_SETUP when there is no key to sign with. */
ERR_CHECKED enum err grant_check_key(struct context *context);

/*
 * Issues an access token for user with the scope granted; *jwt is owned, secret: secret_free().
 * Returns ERR_SETUP when there is no key to sign with, or ERR_INTERNAL; both are logged.
 */
ERR_CHECKED enum err grant_issue_token(struct context *context, const struct user *user,
    const char *scope, char **jwt);

#endif
