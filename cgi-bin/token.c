/* token: trade a name and a password for a bearer token (RFC 6749, section 4.3). */
#include "account/account.h"
#include "base/secret.h"
#include "serve/responder.h"

static enum err
answer(struct service *service, const struct request *request, struct reply *reply)
{
	const struct config *config = service->config;
	struct grant grant = {0};	/* borrowed from request */
	struct user *user = NULL;	/* owned */
	const char *scope = "";		/* borrowed */
	char *jwt = NULL;		/* owned, secret */
	enum err err;

	/* The order of these checks can be observed: protocol section 3.1. */
	if ((err = request_grant(request, config, &reply->faults, &grant)) != ERR_OK)
		goto out;
	if ((err = account_check_scope(config, grant.scope)) != ERR_OK)
		goto out;
	if ((err = account_sign_in(service, &grant.credentials, &user)) != ERR_OK)
		goto out;
	if ((err = account_grant_scope(config, user, grant.scope, &scope)) != ERR_OK)
		goto out;
	if ((err = account_give_token(service, user, scope, &jwt)) != ERR_OK)
		goto out;
	err = reply_token(reply, jwt, scope);
out:
	secret_free(jwt);
	user_free(user);
	return err;
}

static const struct endpoint token = {
	.name = "token",
	.purpose = "trades a name and a password for a bearer token (POST /token)",
	.methods = METHOD_POST | METHOD_OPTIONS,
	.media = MEDIA_FORM,
	.family = FAMILY_OAUTH,
	.needs = NEED_WRITING | NEED_KEYS | NEED_HASHING,
	.answer = answer,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &token);
}
