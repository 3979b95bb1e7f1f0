/*
 * introspector: the credentials of services that may ask what a token is good for (protocol
 * sections 7.3 and 27.2).
 *
 * A credential is a name and a secret of 32 random bytes, which is shown once and kept as a
 * digest. To change a secret without a gap, make a credential of another name, and remove the old
 * one when it is no more used.
 */
#ifndef BEARWARD_ACCOUNT_INTROSPECTOR_H
#define BEARWARD_ACCOUNT_INTROSPECTOR_H

#include <stdint.h>

#include "account/context.h"
#include "base/err.h"
#include "base/text.h"

enum { INTROSPECTOR_NAME_MAX = 64, INTROSPECTOR_SECRET_LEN = 32 };

#define INTROSPECTOR_SECRET_SIZE BASE64_SIZE(INTROSPECTOR_SECRET_LEN)

/*
 * Checks a name and a secret that were shown. Returns ERR_CLIENT, logged, when there is no such
 * credential, after the same work; ERR_STORAGE or ERR_MEMORY when that cannot be told.
 */
ERR_CHECKED enum err introspector_check(struct context *context, const char *name,
    const char *secret);

/*
 * Makes a credential. secret: secret_wipe(). Returns ERR_REFUSED when the name is not 1 to
 * INTROSPECTOR_NAME_MAX of the characters A-Z, a-z, 0-9, '.', '_' and '-'; ERR_CONFLICT when there
 * is a credential of that name; ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL.
 */
ERR_CHECKED enum err introspector_add(struct context *context, const char *name,
    char secret[INTROSPECTOR_SECRET_SIZE]);

/* Visits all of them, by name; visit borrows the text. Returns ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err introspector_list(struct context *context,
    void (*visit)(const char *name, int64_t created_at, void *arg), void *arg);

/* Removes one. Returns ERR_CLIENT when there is none of that name, ERR_STORAGE or ERR_MEMORY. */
ERR_CHECKED enum err introspector_remove(struct context *context, const char *name);

#endif
