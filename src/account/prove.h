/*
 * prove: finds out whether a password is a user's: of whoever signs in, and of whoever is signed
 * in and asks for what a stolen token or cookie alone may not do.
 *
 * Both do the same work, are charged to the same budgets (account/attempts.h), and leave the same
 * log line when they are refused. A hash of another kind, or of a cost below the configured one,
 * is replaced on success, if storage allows.
 */
#ifndef BEARWARD_ACCOUNT_PROVE_H
#define BEARWARD_ACCOUNT_PROVE_H

#include "account/context.h"
#include "store/users.h"

/*
 * Finds the user whose name was typed, and whose password was; *user is owned, with the hash.
 * Returns ERR_CREDENTIALS for an unknown user, a wrong password and an inactive user, after the
 * same work; ERR_ATTEMPTS when too many have failed; ERR_OVERLOADED, ERR_STORAGE or ERR_MEMORY
 * when it could not be checked. A refusal is logged.
 */
ERR_CHECKED enum err prove_user(struct context *context, const char *username,
    const char *password, struct user **user);

/*
 * Checks that a password is the current one of a user who is signed in. A refusal is logged.
 * Returns ERR_WRONG_PASSWORD when it is not, or when the user is inactive or gone by now; else as
 * prove_user() does.
 */
ERR_CHECKED enum err prove_password(struct context *context, const struct user *user,
    const char *password);

#endif
