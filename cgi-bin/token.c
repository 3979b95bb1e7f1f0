/* token: trade a name and a password for a bearer token (RFC 6749, section 4.3). */
#include "account/grant.h"
#include "account/sign_in.h"
#include "base/secret.h"
#include "serve/responder.h"

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	const struct config *config = context->service->config;
	struct grant_request grant = {0};	/* borrowed from request */
	struct user *user = NULL;		/* owned */
	const char *scope = "";			/* borrowed */
	char *jwt = NULL;			/* owned, secret */
	enum err err;

	/* The order of these checks can be observed: protocol section 3.1. */
	if ((err = request_grant(context, request, &grant)) != ERR_OK)
		goto out;
	if ((err = grant_check_scope(config, grant.scope)) != ERR_OK)
		goto out;
	if ((err = grant_check_key(context)) != ERR_OK)
		goto out;
	if ((err = sign_in(context, &grant.credentials, &user)) != ERR_OK)
		goto out;
	if ((err = grant_choose_scope(config, user, grant.scope, &scope)) != ERR_OK)
		goto out;
	if ((err = grant_issue_token(context, user, scope, &jwt)) != ERR_OK)
		goto out;
	err = reply_token(reply, jwt, grant.scope, scope);
out:
	secret_free(jwt);
	user_free(user);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/token", METHOD_POST | METHOD_OPTIONS, MEDIA_FORM | MEDIA_MULTIPART, FAMILY_OAUTH,
	  answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_writing, &resource_keys, &resource_hashing,
	&resource_attempts, NULL
};

static const struct pool token = {
	.name = "token",
	.purpose = "trades a name and a password for a bearer token",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &token);
}
