/* introspect: tells what a token is good for at this moment. */
#include "account/introspect.h"

#include <stdio.h>

#include "account/grant.h"
#include "base/secret.h"
#include "token/refresh_token.h"

static enum err
tell_access_token(struct context *context, const char *jwt, struct introspection *told)
{
	static const struct requirements none = { .scope = "", .audience = "", .group = "" };
	const struct identity *identity = &told->identity;
	const struct token *token = &identity->token;
	enum err err = bearer_identify(context, jwt, &none, &told->identity);

	if (err == ERR_TOKEN || err == ERR_INACTIVE)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	told->is_active = true;
	told->token_type = "bearer";
	told->scope = identity->scope;
	told->client_id = identity->client_id;
	told->username = identity->username;
	told->subject = identity->subject;
	told->audiences = token->audiences;
	told->expires_at = identity->expires_at;
	told->issued_at = token->issued_at;
	/* A tutorial token says nothing else. */
	if (!token->has_jti)
		return ERR_OK;
	told->issuer = context->service->config->issuer;
	(void)text_encode_base64(BASE64_URL, token->jti, sizeof(token->jti), told->jti);
	return ERR_OK;
}

/* Tells of a grant that is alive. */
static enum err
tell_grant(struct context *context, struct introspection *told)
{
	const struct config *config = context->service->config;
	const struct grant *grant = told->grant;
	enum err err = grant_narrow_scope(config, told->user, grant, NULL, told->scope_left);

	if (err != ERR_OK)
		return err;
	snprintf(told->subject_id, sizeof(told->subject_id), "%lld", (long long)told->user->id);
	told->is_active = true;
	told->scope = told->scope_left;
	told->client_id = grant->client_id;
	told->username = told->user->username;
	told->subject = config->dialect->sub_is_username ? told->username : told->subject_id;
	told->issuer = config->issuer;
	told->expires_at = grant_ends_at(config, grant);
	return ERR_OK;
}

static enum err
tell_refresh_token(struct context *context, const struct refresh_token *token,
    struct introspection *told)
{
	unsigned char id[REFRESH_TOKEN_GID_LEN], digest[REFRESH_TOKEN_DIGEST_LEN];
	const struct grant *grant;	/* borrowed from told */
	enum err err;

	if ((err = refresh_token_gid(token, id)) != ERR_OK)
		return err;
	if ((err = refresh_token_digest(token, digest)) != ERR_OK)
		return err;
	err = grants_find(context->service->db, id, &told->grant, &told->user);
	grant = told->grant;
	if (err != ERR_OK || grant == NULL || !context->service->config->refresh_tokens)
		return err;
	if (!grant_is_alive(context, grant, told->user))
		return ERR_OK;
	/* One that is older ends the grant at /token (protocol section 19.12). */
	if (!secret_equal(digest, grant->current, sizeof(digest)) &&
	    !secret_equal(digest, grant->previous, sizeof(digest)))
		return ERR_OK;
	return tell_grant(context, told);
}

enum err
introspect_token(struct context *context, const char *token, struct introspection *told)
{
	struct refresh_token refresh;	/* secret */
	enum err err;

	*told = (struct introspection){
		.token_type = "", .scope = "", .client_id = "", .username = "", .subject = "",
		.audiences = "", .issuer = "",
	};
	if (refresh_token_parse(token, &refresh)) {
		err = tell_refresh_token(context, &refresh, told);
		refresh_token_clear(&refresh);
	} else {
		err = tell_access_token(context, token, told);
	}
	if (err != ERR_OK)
		introspect_clear(told);
	return err;
}

void
introspect_clear(struct introspection *told)
{
	identity_clear(&told->identity);
	grant_free(told->grant);
	user_free(told->user);
	*told = (struct introspection){0};
}
