/*
 * sign_in: checks a name and a password.
 */
#ifndef BEARWARD_ACCOUNT_SIGN_IN_H
#define BEARWARD_ACCOUNT_SIGN_IN_H

#include "account/context.h"
#include "store/users.h"
#include "text/credentials.h"

/*
 * Finds the user whom the credentials belong to; *user is owned. Returns ERR_CREDENTIALS for an
 * unknown user, a wrong password and an inactive user, after the same work; ERR_ATTEMPTS when too
 * many have failed; ERR_OVERLOADED, ERR_STORAGE or ERR_MEMORY when it could not be checked. A
 * hash of another kind, or of a cost below the configured one, is replaced on success, if storage
 * allows.
 */
ERR_CHECKED enum err sign_in(struct context *context, const struct credentials *credentials,
    struct user **user);

#endif
