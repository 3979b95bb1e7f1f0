/*
 * account: the rules: who may register, who may sign in, whom a token speaks for.
 *
 * Names and passwords come here as typed; this is where they are normalised, measured, looked up
 * and checked. It knows nothing of HTTP. What happened is logged here, with the user's name only
 * where such a user exists: people type passwords into name fields.
 */
#ifndef BEARWARD_ACCOUNT_ACCOUNT_H
#define BEARWARD_ACCOUNT_ACCOUNT_H

#include "account/service.h"
#include "base/err.h"
#include "store/users.h"
#include "text/credentials.h"
#include "text/faults.h"
#include "text/scope.h"
#include "token/token.h"

/*
 * Adds an active user without restricted scopes, durable on return; *user is owned. ERR_FIELDS: a
 * rule of protocol section 5.2 is broken, faults say which; ERR_NAME_TAKEN; ERR_OVERLOADED;
 * ERR_STORAGE.
 */
ERR_CHECKED enum err account_register(struct service *service,
    const struct credentials *credentials, struct faults *faults, struct user **user);

/*
 * Checks a name and a password; *user is owned. ERR_CREDENTIALS for an unknown user, a wrong
 * password and an inactive user, after the same work. A hash of an outdated kind or cost is
 * replaced on success, if storage allows.
 */
ERR_CHECKED enum err account_sign_in(struct service *service,
    const struct credentials *credentials, struct user **user);

/*
 * Who a bearer token speaks for, by its signature and by what is stored now; *user is owned.
 * ERR_TOKEN: refused, expired or the user is gone; ERR_INACTIVE; ERR_FORBIDDEN: the token lacks
 * scope_needed ("" for none), or the user may no longer have it.
 */
ERR_CHECKED enum err account_of_token(struct service *service, const char *jwt,
    const char *scope_needed, struct user **user);

/* Whom a token speaks for, as a web server is told: identity_clear(). */
struct identity {
	const char *subject;		/* the texts are borrowed from what is owned below */
	const char *username;		/* never empty */
	const char *client_id;		/* "" for a tutorial token */
	const char *scope;		/* "" for none */
	int64_t expires_at;		/* seconds since 1970 */
	struct token token;		/* owned */
	struct user *user;		/* owned; NULL: nobody asked the database */
	char scope_left[SCOPE_LEN_MAX + 1];
};

/*
 * Whom a bearer token speaks for, by its signature and claims alone, unless the service holds the
 * database: then also by what is stored now, and the scope is what of the token's the user may
 * still have. ERR_TOKEN: refused, expired, for another audience, or the user is gone;
 * ERR_INACTIVE; ERR_FORBIDDEN: the scope lacks one that is demanded. On failure identity holds
 * nothing.
 */
ERR_CHECKED enum err account_identify(struct service *service, const char *jwt,
    const struct requirements *requirements, struct identity *identity);

void identity_clear(struct identity *identity);

/*
 * Whether anyone may ask for these scopes (NULL: none asked), before credentials are looked at;
 * ERR_SCOPE if not. Then what this user is given: scope is borrowed from requested or config,
 * "" for none. ERR_SCOPE when a restricted one was asked for that the user was not given.
 */
ERR_CHECKED enum err account_check_scope(const struct config *config, const char *requested);
ERR_CHECKED enum err account_grant_scope(const struct config *config, const struct user *user,
    const char *requested, const char **scope);

/* An access token for user with the scope granted; *jwt is owned, secret: secret_free(). */
ERR_CHECKED enum err account_give_token(struct service *service, const struct user *user,
    const char *scope, char **jwt);

/* Looks a user up by the name as typed; ERR_OK with *user NULL when there is none. */
ERR_CHECKED enum err account_find(struct service *service, const char *username,
    struct user **user);

/* Gives user a new password. ERR_FIELDS: it breaks a rule, faults say which. */
ERR_CHECKED enum err account_set_password(struct service *service, const struct user *user,
    const char *password, struct faults *faults);

#endif
