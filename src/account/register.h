/*
 * register: adds a new user (protocol section 5).
 */
#ifndef BEARWARD_ACCOUNT_REGISTER_H
#define BEARWARD_ACCOUNT_REGISTER_H

#include "account/context.h"
#include "store/users.h"
#include "text/credentials.h"

/*
 * Adds an active user without restricted scopes, durable on return; *user is owned. profile is
 * NULL where there is none. Returns ERR_FIELDS when a rule of protocol section 5.2 or of a profile
 * is broken, with all broken rules in the context's faults; ERR_NAME_TAKEN, ERR_CONFLICT,
 * ERR_ATTEMPTS, ERR_OVERLOADED, ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL.
 */
ERR_CHECKED enum err register_user(struct context *context,
    const struct credentials *credentials, const struct profile *profile, struct user **user);

/*
 * Adds a user without a password, whom no sign-in admits before a link has set one, in the same
 * way and by the same rules for the name.
 */
ERR_CHECKED enum err register_invited(struct context *context, const char *username,
    struct user **user);

#endif
