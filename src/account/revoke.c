/* revoke: ends a token on behalf of whoever has it. */
#include "account/revoke.h"

#include <stdbool.h>

#include "account/audit.h"
#include "account/bearer.h"
#include "account/end.h"
#include "store/dead_tokens.h"
#include "store/grants.h"
#include "token/refresh_token.h"

_Static_assert((int)TOKEN_ID_LEN == (int)GRANTS_ID_LEN &&
    (int)TOKEN_ID_LEN == (int)DEAD_TOKENS_ID_LEN &&
    (int)REFRESH_TOKEN_GID_LEN == (int)GRANTS_ID_LEN, "what a token says can be looked up");

static enum err
revoke_grant(struct context *context, const struct user *user, const struct grant *grant)
{
	bool is_done;	/* false: somebody else was quicker */

	return end_grant(context, user, grant->id, "revoked", &is_done);
}

/* The selector is proof enough that the caller once had the grant, so no secret is compared. */
static enum err
revoke_refresh_token(struct context *context, const struct refresh_token *token)
{
	unsigned char id[REFRESH_TOKEN_GID_LEN];
	struct grant *grant = NULL;	/* owned; NULL: there is none */
	struct user *user = NULL;	/* owned */
	enum err err;

	if ((err = refresh_token_gid(token, id)) != ERR_OK)
		return err;
	err = grants_find(context->service->db, id, &grant, &user);
	/* A stranger must not make us write. */
	if (err == ERR_OK && grant != NULL && grant->expires_at > context->now)
		err = revoke_grant(context, user, grant);
	grant_free(grant);
	user_free(user);
	return err;
}

/* Ends a token that is good, and its grant, if there is nothing else to the grant. */
static enum err
end_token(struct context *context, const struct token *token, const struct user *user)
{
	struct grant *grant = NULL;	/* owned; NULL: it has none */
	struct user *owner = NULL;	/* owned */
	struct audit_author author;
	struct audits_row row = audit_describe(context, user, "token revoked", "", &author);
	enum err err = ERR_OK;

	/* It costs nobody a password: whoever does it again and again gets one row. */
	row.join = AUDITS_JOINS_NEAR;
	if (token->has_gid)
		err = grants_find(context->service->db, token->gid, &grant, &owner);
	if (err != ERR_OK)
		goto out;
	if (grant != NULL && !grant->is_refreshable) {
		err = revoke_grant(context, owner, grant);
		goto out;
	}
	err = dead_tokens_add(context->service->db, token->jti, token->expires_at, &row);
	if (err == ERR_OK)
		audit_user(context, "token revoked", user, NULL);
out:
	grant_free(grant);
	user_free(owner);
	return err;
}

static enum err
revoke_access_token(struct context *context, const char *jwt)
{
	static const struct requirements none = { .scope = "", .audience = "", .group = "" };
	struct identity identity;	/* owned */
	enum err err = bearer_identify(context, jwt, &none, &identity);

	/* Nobody takes it: there is nothing to end. */
	if (err == ERR_TOKEN || err == ERR_INACTIVE)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	err = identity.token.has_jti ? end_token(context, &identity.token, identity.user)
				     : ERR_UNSUPPORTED_TOKEN;
	identity_clear(&identity);
	return err;
}

enum err
revoke_token(struct context *context, const char *token)
{
	struct refresh_token refresh;	/* secret */
	enum err err;

	if (!refresh_token_parse(token, &refresh))
		return revoke_access_token(context, token);
	err = revoke_refresh_token(context, &refresh);
	refresh_token_clear(&refresh);
	return err;
}
