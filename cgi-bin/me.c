/* me: tell the bearer of a token who that is (RFC 6750). */
#include "account/account.h"
#include "serve/responder.h"

static enum err
answer(struct service *service, const struct request *request, struct reply *reply)
{
	const char *jwt = NULL;		/* borrowed from request, secret */
	struct user *user = NULL;	/* owned */
	enum err err;

	reply->scope_needed = service->config->me_scope;
	if ((err = request_bearer(request, &jwt)) != ERR_OK)
		goto out;
	err = account_of_token(service, jwt, service->config->me_scope, &user);
	if (err != ERR_OK)
		goto out;
	err = reply_user(reply, user);
out:
	user_free(user);
	return err;
}

static const struct endpoint me = {
	.name = "me",
	.purpose = "tells the bearer of a token who that is (GET /users/me/)",
	.methods = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS,
	.media = MEDIA_NONE,
	.family = FAMILY_RESOURCE,
	.needs = NEED_READING | NEED_KEYS,
	.answer = answer,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &me);
}
