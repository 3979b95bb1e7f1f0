/* oauth: end tokens (RFC 7009), and tell services what tokens are good for (RFC 7662). */
#include "account/introspect.h"
#include "account/introspector.h"
#include "account/revoke.h"
#include "http/basic.h"
#include "http/bearer.h"
#include "http/token_request.h"
#include "serve/responder.h"
#include "text/scope.h"

static enum err
revoke(struct context *context, const struct request *request, struct reply *reply)
{
	const char *token = NULL;	/* borrowed from request, secret */
	enum err err;

	/* 200 without a body, also for what was never a token. */
	(void)reply;
	if ((err = token_request_check_query(request)) != ERR_OK)
		return err;
	if ((err = token_request_token(request, &token)) != ERR_OK)
		return err;
	return revoke_token(context, token);
}

/* Checks that who asks may: by a credential, or by a token of the scope for it. */
static enum err
check_caller(struct context *context, const struct request *request)
{
	const char *jwt = NULL;		/* borrowed from request, secret */
	struct user *caller = NULL;	/* owned */
	struct basic basic;		/* secret */
	enum err err = bearer_of_request(request, &jwt);

	if (err == ERR_OK) {
		err = bearer_find_user(context, jwt, SCOPE_INTROSPECT, &caller);
		user_free(caller);
		return err;
	}
	if (err != ERR_NO_TOKEN)
		return err;
	if ((err = basic_of_request(request, &basic)) == ERR_OK)
		err = introspector_check(context, basic.name, basic.secret);
	basic_clear(&basic);
	return err;
}

static enum err
introspect(struct context *context, const struct request *request, struct reply *reply)
{
	struct introspection told = {0};	/* owned */
	const char *token = NULL;		/* borrowed from request, secret */
	enum err err;

	if ((err = token_request_check_query(request)) != ERR_OK)
		return err;
	if ((err = check_caller(context, request)) != ERR_OK)
		return err;
	if ((err = token_request_token(request, &token)) != ERR_OK)
		return err;
	if ((err = introspect_token(context, token, &told)) != ERR_OK)
		return err;
	err = reply_introspection(reply, &told);
	introspect_clear(&told);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/revoke", METHOD_POST | METHOD_OPTIONS, MEDIA_FORM, FAMILY_OAUTH, CORS_LISTED, revoke },
	/* It is for services: no page of whatever origin has a credential for it. */
	{ "/introspect", METHOD_POST | METHOD_OPTIONS, MEDIA_FORM, FAMILY_OAUTH, CORS_NEVER,
	  introspect },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_writing, &resource_keys, &resource_counters, NULL
};

static const struct pool oauth = {
	.name = "oauth",
	.purpose = "ends tokens, and tells services what tokens are good for",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &oauth);
}
