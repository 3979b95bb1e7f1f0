/*
 * token: issues and verifies access tokens, JWS compact (RFC 7515, RFC 7519).
 *
 * The header is exactly alg, kid and typ; the claims are those of protocol section 4.1. Nothing of
 * a token is read before its length, its whole header segment and its signature have been found
 * good, which pins algorithm, type and key at once (RFC 8725). This module does not know whether
 * the user still exists and is active: account/bearer.h asks for that.
 */
#ifndef BEARWARD_TOKEN_TOKEN_H
#define BEARWARD_TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "token/keys.h"

enum { TOKEN_LEN_MAX = 4096, TOKEN_ID_LEN = 16 };

/* Whom a token is issued for; the texts are borrowed. */
struct token_subject {
	int64_t uid;			/* user id, positive */
	const char *username;
	const char *scope;		/* granted; "" for none */
	const unsigned char *gid;	/* of the grant, TOKEN_ID_LEN bytes; NULL: none */
	int64_t expires_at;		/* seconds since 1970 */
};

/* What a verified token says. */
struct token {
	char *text;			/* owned: token_clear(); the texts below lie in it */
	size_t text_size;
	int64_t uid;			/* user id; 0: a tutorial token, which has only a name */
	int64_t issued_at;		/* seconds since 1970; 0 for a tutorial token */
	int64_t expires_at;		/* seconds since 1970 */
	bool has_gid;			/* false for one of a version that stored no grants */
	unsigned char gid[TOKEN_ID_LEN];	/* of its grant */
	bool has_jti;			/* false for a tutorial token */
	unsigned char jti[TOKEN_ID_LEN];	/* its own id */
	const char *subject;
	const char *username;		/* of a tutorial token, its subject */
	const char *client_id;		/* "" for a tutorial token */
	const char *scope;		/* well-formed; "" when none was granted */
	const char *audiences;		/* one after the other; "" after the last */
};

/*
 * Issues a token for subject, valid from now (seconds since 1970), signed by the key of keys that
 * signs. *jwt is owned, secret, released with secret_free(). Returns
 * ERR_SETUP when the token would be too long, ERR_INTERNAL or ERR_MEMORY, each logged; *jwt is
 * then NULL.
 */
ERR_CHECKED enum err token_issue(const struct config *config, const struct keys *keys,
    const struct token_subject *subject, int64_t now, char **jwt);

/*
 * Verifies a token as protocol section 4.3 says. Returns ERR_TOKEN for whatever is wrong with it
 * (the reason is logged at level debug, without the token), or ERR_MEMORY. A tutorial token (no
 * kid; claims sub and exp) passes only with accept_tutorial_tokens. token ends with token_clear();
 * on failure it holds nothing.
 */
ERR_CHECKED enum err token_verify(const struct config *config, const struct keys *keys,
    const char *jwt, int64_t now, struct token *token);

/* Returns whether the token names this audience, whatever the configured one is. */
bool token_is_for(const struct token *token, const char *audience);

/* Copies a token. Returns ERR_MEMORY when there is no memory; copy then holds nothing. */
ERR_CHECKED enum err token_copy(const struct token *token, struct token *copy);

/* Frees what the token owns; it then holds nothing. */
void token_clear(struct token *token);

#endif
