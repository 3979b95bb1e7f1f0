/*
 * introspect: tells what a token is good for at this moment (RFC 7662; protocol section 7.3). It
 * writes nothing.
 */
#ifndef BEARWARD_ACCOUNT_INTROSPECT_H
#define BEARWARD_ACCOUNT_INTROSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "account/bearer.h"
#include "account/context.h"
#include "base/err.h"
#include "base/text.h"
#include "store/grants.h"
#include "text/scope.h"

/* What is told of a token that is good; "" and 0: nothing. Ends with introspect_clear(). */
struct introspection {
	bool is_active;			/* false: nothing else may be told */
	const char *token_type;		/* static; "" for a refresh token */
	const char *scope;		/* the texts are borrowed from what is owned below */
	const char *client_id;
	const char *username;
	const char *subject;
	const char *audiences;		/* one after the other; "" after the last */
	const char *issuer;		/* borrowed from the settings */
	int64_t expires_at;		/* seconds since 1970 */
	int64_t issued_at;
	char jti[BASE64_SIZE(TOKEN_ID_LEN)];
	struct identity identity;	/* owned: what an access token says */
	struct grant *grant;		/* owned: of a refresh token */
	struct user *user;		/* owned: likewise */
	char scope_left[SCOPE_LEN_MAX + 1];
	char subject_id[sizeof("-9223372036854775808")];
};

/*
 * Tells what a token is good for. It is active when the service would take it: its grant is alive
 * and its user active now; of refresh tokens, the current one and the one before. The scope is
 * what the user may still have of it. Returns ERR_OK also for what is no token at all; ERR_SETUP
 * when no key is left, ERR_STORAGE or ERR_MEMORY when it cannot be told. On failure told holds
 * nothing.
 */
ERR_CHECKED enum err introspect_token(struct context *context, const char *token,
    struct introspection *told);

/* Frees what it owns; it then holds nothing. */
void introspect_clear(struct introspection *told);

#endif
