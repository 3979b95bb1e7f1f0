/*
 * bearer: finds out whom a bearer token speaks for (RFC 6750).
 *
 * Where the service holds the database, that is asked each time, in one statement: whether the
 * user is there and active, and whether the token and the grant that it came with are alive. Once
 * a change that ends any of these is done, no process speaks in favour of the token.
 */
#ifndef BEARWARD_ACCOUNT_BEARER_H
#define BEARWARD_ACCOUNT_BEARER_H

#include <stdint.h>

#include "account/context.h"
#include "store/users.h"
#include "text/scope.h"
#include "token/token.h"

/*
 * Finds the user whom a bearer token speaks for, by its signature and by what is stored now; *user
 * is owned, without the hash, and NULL on failure. Returns ERR_TOKEN when the token is refused,
 * has expired or was ended, or the user is gone; ERR_INACTIVE; ERR_FORBIDDEN when the token lacks
 * scope_needed ("" for none, borrowed by the context) or the user may no longer have it; ERR_SETUP
 * when no key is left; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err bearer_find_user(struct context *context, const char *jwt,
    const char *scope_needed, struct user **user);

/* What the web server is told about the bearer. Ends with bearer_identity_clear(). */
struct identity {
	const char *subject;		/* the texts are borrowed from what is owned below */
	const char *username;		/* never empty */
	const char *client_id;		/* "" for a tutorial token */
	const char *scope;		/* "" for none */
	int64_t expires_at;		/* seconds since 1970 */
	struct token token;		/* owned */
	struct user *user;		/* owned; NULL: the database was not asked */
	char scope_left[SCOPE_LEN_MAX + 1];	/* what the user may still have of it */
};

/*
 * Tells whom a bearer token speaks for, by its signature and claims. Where the service holds the
 * database, the user must also be stored and active now, the token must not have been ended, and
 * the scope is that part of the token's scope which the user may still have. Where it does not, a
 * tutorial token is refused. Returns ERR_TOKEN when the token is refused, has expired, was ended
 * or is for another audience, or the user is gone; ERR_INACTIVE; ERR_FORBIDDEN when the scope
 * lacks one that is required; ERR_SETUP when no key is left; ERR_STORAGE or ERR_MEMORY. On failure
 * identity holds nothing.
 */
ERR_CHECKED enum err bearer_identify(struct context *context, const char *jwt,
    const struct requirements *requirements, struct identity *identity);

/* Frees what the identity owns; it then holds nothing. */
void bearer_identity_clear(struct identity *identity);

#endif
