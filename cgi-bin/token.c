/* token: trade a password, or a refresh token, for a bearer token (RFC 6749, sections 4.3, 6). */
#include "account/grant.h"
#include "account/refresh.h"
#include "account/sign_in.h"
#include "http/grant_request.h"
#include "serve/responder.h"

/* The order of these checks can be observed: protocol section 3.1. */
static enum err
answer_password(struct context *context, const struct request *request, struct reply *reply)
{
	const struct config *config = context->service->config;
	struct grant_request asked = {0};	/* borrowed from request */
	struct grant_tokens tokens = {0};	/* owned, secret */
	struct user *user = NULL;		/* owned */
	const char *scope = "";			/* borrowed */
	enum err err;

	if ((err = grant_request_password(context, request, &asked)) != ERR_OK)
		goto out;
	if ((err = grant_check_scope(config, asked.scope)) != ERR_OK)
		goto out;
	if ((err = grant_check_key(context)) != ERR_OK)
		goto out;
	if ((err = sign_in(context, &asked.credentials, &user)) != ERR_OK)
		goto out;
	if ((err = grant_choose_scope(config, user, asked.scope, &scope)) != ERR_OK)
		goto out;
	if ((err = grant_begin(context, user, scope, &tokens)) != ERR_OK)
		goto out;
	err = reply_token(reply, &tokens, asked.scope);
out:
	grant_tokens_clear(&tokens);
	user_free(user);
	return err;
}

static enum err
answer_refresh_token(struct context *context, const struct request *request, struct reply *reply)
{
	struct grant_request asked = {0};	/* borrowed from request */
	struct grant_tokens tokens = {0};	/* owned, secret */
	enum err err;

	if ((err = grant_request_refresh_token(context, request, &asked)) != ERR_OK)
		return err;
	if ((err = refresh_use(context, asked.refresh_token, asked.scope, &tokens)) == ERR_OK)
		err = reply_token(reply, &tokens, asked.scope);
	grant_tokens_clear(&tokens);
	return err;
}

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	enum grant_type type = GRANT_TYPE_PASSWORD;
	enum err err = grant_request_type(context, request, &type);

	if (err != ERR_OK)
		return err;
	switch (type) {
	case GRANT_TYPE_PASSWORD:
		return answer_password(context, request, reply);
	case GRANT_TYPE_REFRESH_TOKEN:
		return answer_refresh_token(context, request, reply);
	}
	return ERR_GRANT_TYPE;
}

static const struct endpoint endpoints[] = {
	{ "/token", METHOD_POST | METHOD_OPTIONS, MEDIA_FORM | MEDIA_MULTIPART, FAMILY_OAUTH,
	  CORS_LISTED, answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_courier, &resource_heartbeat, &resource_database_writing, &resource_keys_signing,
	&resource_hashing, &resource_attempts, &resource_counters, &resource_sharing, NULL
};

static const struct pool token = {
	.name = "token",
	.purpose = "trades a password, or a refresh token, for a bearer token",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &token);
}
