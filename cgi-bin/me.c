/* me: tell the bearer of a token who that is (RFC 6750). */
#include "account/bearer.h"
#include "http/bearer.h"
#include "serve/responder.h"

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	const char *scope_needed = context->service->config->me_scope;
	const char *jwt = NULL;		/* borrowed from request, secret */
	struct user *user = NULL;	/* owned */
	enum err err;

	if ((err = bearer_of_request(request, &jwt)) != ERR_OK)
		goto out;
	if ((err = bearer_find_user(context, jwt, scope_needed, &user)) != ERR_OK)
		goto out;
	err = reply_user(reply, user);
out:
	user_free(user);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/users/me/", METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, MEDIA_NONE, FAMILY_RESOURCE,
	  CORS_LISTED, answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_reading, &resource_keys, &resource_counters, NULL
};

static const struct pool me = {
	.name = "me",
	.purpose = "tells the bearer of a token who that is",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &me);
}
