/* verify: tell the web server whether a request that it holds may pass, and whose it is. */
#include "account/account.h"
#include "serve/responder.h"

static enum err
answer(struct service *service, const struct request *request, struct reply *reply)
{
	struct requirements requirements;	/* borrowed from request */
	struct identity identity;	/* owned */
	const char *jwt = NULL;		/* borrowed from request, secret */
	enum err err;

	if ((err = request_requirements(request, &requirements)) != ERR_OK)
		return err;
	reply->scope_needed = requirements.scope;
	/* The query is the page's, and so is a parameter in it that is called access_token. */
	if ((err = request_bearer_of_header(request, &jwt)) != ERR_OK)
		return err;
	if ((err = account_identify(service, jwt, &requirements, &identity)) != ERR_OK)
		return err;
	err = reply_identity(reply, &identity);
	identity_clear(&identity);
	return err;
}

static const struct endpoint verify = {
	.name = "verify",
	.purpose = "tells a web server whose a request is, and whether to let it pass",
	.methods = METHOD_ANY,
	.media = MEDIA_NONE,
	.family = FAMILY_GATEWAY,
	.needs = NEED_KEYS | NEED_STATE,
	.answer = answer,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &verify);
}
