/*
 * grant: what a program is given when somebody signs in: a scope (RFC 6749, section 3.3), a row
 * that says so (protocol section 18), and tokens for it.
 */
#ifndef BEARWARD_ACCOUNT_GRANT_H
#define BEARWARD_ACCOUNT_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "store/grants.h"
#include "store/users.h"
#include "text/scope.h"
#include "token/refresh_token.h"

/* What a program gets. Ends with grant_tokens_clear(). */
struct grant_tokens {
	char *jwt;				/* owned, secret: an access token */
	int64_t expires_in;			/* seconds that it is good for */
	char refresh_token[REFRESH_TOKEN_SIZE];	/* secret; "" for none */
	char scope[SCOPE_LEN_MAX + 1];		/* of jwt; "" for none */
};

/* ---- scope and end, in grant_terms.c */

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

/*
 * Gives what is left of the scope of a grant: what server and user still allow, and of that what
 * was requested (NULL: all of it). Returns ERR_SCOPE when more was requested, or the syntax is
 * wrong.
 */
ERR_CHECKED enum err grant_narrow_scope(const struct config *config, const struct user *user,
    const struct grant *grant, const char *requested, char scope[SCOPE_LEN_MAX + 1]);

/*
 * Returns when a grant ends, in seconds since 1970, unless it is used or ended before: by its age,
 * or because it was not used.
 */
int64_t grant_ends_at(const struct config *config, const struct grant *grant);

/*
 * Returns whether a grant with a refresh token has neither been ended nor come to its end, by its
 * age or because it was not used, and its user is active.
 */
bool grant_is_alive(const struct context *context, const struct grant *grant,
    const struct user *user);

/* ---- tokens */

/* Returns ERR_SETUP when there is no key to sign with. */
ERR_CHECKED enum err grant_check_key(struct context *context);

/*
 * Stores a grant for a user whose password was found right, and makes its tokens; refresh tokens
 * only with `refresh_tokens = yes`. It is on disk before this returns. Returns ERR_CREDENTIALS,
 * logged, when the user has been signed out everywhere, disabled or deleted since; ERR_SETUP when
 * there is no key to sign with, ERR_STORAGE, ERR_MEMORY or ERR_INTERNAL. On failure tokens holds
 * nothing.
 */
ERR_CHECKED enum err grant_begin(struct context *context, const struct user *user,
    const char *scope, struct grant_tokens *tokens);

/*
 * Issues an access token of a grant, which ends with the grant if not before: tokens->jwt with
 * tokens->scope, and expires_in. Returns ERR_SETUP when there is no key to sign with, ERR_MEMORY,
 * or ERR_INTERNAL; each is logged.
 */
ERR_CHECKED enum err grant_issue_token(struct context *context, const struct grant *grant,
    const struct user *user, struct grant_tokens *tokens);

/* Wipes and frees; tokens then holds nothing. */
void grant_tokens_clear(struct grant_tokens *tokens);

#endif
