/* users: register a new user. */
#include "account/account.h"
#include "serve/responder.h"
#include "text/scope.h"

/* Whether this request may register anyone (protocol section 5.4). */
static enum err
check_may_register(struct service *service, const struct request *request, struct reply *reply)
{
	struct user *caller = NULL;	/* owned */
	const char *jwt = NULL;		/* borrowed from request, secret */
	enum err err = ERR_INTERNAL;

	switch (service->config->registration) {
	case REGISTRATION_OPEN:
		return ERR_OK;
	case REGISTRATION_CLOSED:
		return ERR_REGISTRATION_CLOSED;
	case REGISTRATION_BEARER:
		reply->scope_needed = SCOPE_USERS_CREATE;
		if ((err = request_bearer(request, &jwt)) == ERR_OK)
			err = account_of_token(service, jwt, SCOPE_USERS_CREATE, &caller);
	}
	user_free(caller);
	return err;
}

static enum err
answer(struct service *service, const struct request *request, struct reply *reply)
{
	struct credentials credentials = {0};	/* borrowed from request */
	struct user *user = NULL;		/* owned */
	enum err err;

	if ((err = check_may_register(service, request, reply)) != ERR_OK)
		goto out;
	if ((err = request_credentials(request, &reply->faults, &credentials)) != ERR_OK)
		goto out;
	err = account_register(service, &credentials, &reply->faults, &user);
	if (err != ERR_OK)
		goto out;
	err = reply_created(reply, user);
out:
	user_free(user);
	return err;
}

static const struct endpoint users = {
	.name = "users",
	.purpose = "registers a new user (POST /users/)",
	.methods = METHOD_POST | METHOD_OPTIONS,
	.media = MEDIA_JSON,
	.family = FAMILY_RESOURCE,
	.needs = NEED_WRITING | NEED_CALLER | NEED_HASHING,
	.answer = answer,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &users);
}
