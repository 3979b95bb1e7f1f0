/* users: register a new user. */
#include "account/bearer.h"
#include "account/register.h"
#include "http/bearer.h"
#include "serve/responder.h"
#include "text/scope.h"

/* Checks that this request may register somebody (protocol section 5.4). */
static enum err
check_may_register(struct context *context, const struct request *request)
{
	struct user *caller = NULL;	/* owned */
	const char *jwt = NULL;		/* borrowed from request, secret */
	enum err err = ERR_INTERNAL;

	switch (context->service->config->registration) {
	case REGISTRATION_OPEN:
		return ERR_OK;
	case REGISTRATION_INVITE:
		return ERR_INVITATION_ONLY;
	case REGISTRATION_CLOSED:
		return ERR_REGISTRATION_CLOSED;
	case REGISTRATION_BEARER:
		if ((err = bearer_of_request(request, &jwt)) == ERR_OK)
			err = bearer_find_user(context, jwt, SCOPE_USERS_CREATE, &caller);
	}
	context->caller = caller != NULL ? caller->id : 0;
	user_free(caller);
	return err;
}

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	struct credentials credentials = {0};	/* borrowed from request */
	struct user *user = NULL;		/* owned */
	enum err err;

	if ((err = check_may_register(context, request)) != ERR_OK)
		goto out;
	if ((err = request_credentials(context, request, &credentials)) != ERR_OK)
		goto out;
	if ((err = register_user(context, &credentials, NULL, &user)) != ERR_OK)
		goto out;
	err = reply_created(reply, user);
out:
	user_free(user);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/users/", METHOD_POST | METHOD_OPTIONS, MEDIA_JSON, FAMILY_RESOURCE, CORS_LISTED,
	  answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_writing, &resource_keys_if_bearer, &resource_hashing,
	&resource_attempts, &resource_counters, NULL
};

static const struct pool users = {
	.name = "users",
	.purpose = "registers a new user",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &users);
}
