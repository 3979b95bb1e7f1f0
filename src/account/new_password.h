/*
 * new_password: checks and hashes a password that somebody chooses (protocol section 5.2).
 */
#ifndef BEARWARD_ACCOUNT_NEW_PASSWORD_H
#define BEARWARD_ACCOUNT_NEW_PASSWORD_H

#include "account/context.h"
#include "hash/password.h"

/*
 * Checks a prepared password for the user whose name has this key ("" for none). Returns
 * ERR_FIELDS, with the broken rule in the context's faults, ERR_STORAGE or ERR_MEMORY. field is
 * static: the member of the request that it was.
 */
ERR_CHECKED enum err new_password_check(struct context *context, const struct password *password,
    const char *username_key, const char *field);

/*
 * Hashes a prepared password; *stored is owned, secret: secret_free(). Returns ERR_REFUSED,
 * ERR_OVERLOADED, ERR_STORAGE or ERR_MEMORY as password_hash() does; *stored is NULL then.
 */
ERR_CHECKED enum err new_password_hash(struct context *context, const struct password *password,
    char **stored);

/* Does all of it with a password as it was typed, in the field "password". */
ERR_CHECKED enum err new_password_take(struct context *context, const char *typed,
    const char *username_key, char **stored);

#endif
