/*
 * token: access tokens, JWS compact (RFC 7515, RFC 7519), issued and verified.
 *
 * The header is exactly alg, kid and typ; claims as protocol section 4.1. Verification trusts
 * nothing before the signature: length, alphabet and the whole header segment are compared first
 * with what one of our keys issues, which pins algorithm, type and key at once (RFC 8725). Whether
 * the user still exists and is active is not known here: account_of_token().
 */
#ifndef BEARWARD_TOKEN_TOKEN_H
#define BEARWARD_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "token/keyring.h"

enum { TOKEN_LEN_MAX = 4096 };

/* Whom a token is issued for; the texts are borrowed. */
struct token_subject {
	int64_t uid;			/* user id, positive */
	const char *username;
	const char *scope;		/* granted; "" for none */
};

/* What a token must have to open a guarded page; borrowed, "" for no requirement. */
struct requirements {
	const char *scope;		/* a list, of which it needs every one */
	const char *audience;
};

/* What a verified token says. */
struct token {
	char *text;			/* owned: token_clear(); the texts below lie in it */
	size_t text_size;
	int64_t uid;			/* user id; 0: a tutorial token, which has only a name */
	int64_t expires_at;		/* seconds since 1970 */
	const char *subject;
	const char *username;		/* of a tutorial token, its subject */
	const char *client_id;		/* "" for a tutorial token */
	const char *scope;		/* well-formed; "" when none was granted */
	const char *audiences;		/* one after the other; "" after the last */
};

/*
 * Issues a token for subject, valid from now (seconds since 1970) for access_token_ttl. *jwt is owned, secret: secret_free(). ERR_INTERNAL on failure.
 */
ERR_CHECKED enum err token_issue(const struct config *config, const struct key *key,
    const struct token_subject *subject, int64_t now, char **jwt);

/*
 * Verifies a token as protocol section 4.3 says. ERR_TOKEN for whatever is wrong with it (the
 * reason is logged at level debug, without the token). A tutorial token (no kid; claims sub and
 * exp) passes only with accept_tutorial_tokens. On failure token holds nothing.
 */
ERR_CHECKED enum err token_verify(const struct config *config, const struct keyring *keyring,
    const char *jwt, int64_t now, struct token *token);

/* Whether the token names this audience, whatever the configured one is. */
bool token_is_for(const struct token *token, const char *audience);

/* ERR_INTERNAL: no memory; copy then holds nothing. */
ERR_CHECKED enum err token_copy(const struct token *token, struct token *copy);

void token_clear(struct token *token);

#endif
