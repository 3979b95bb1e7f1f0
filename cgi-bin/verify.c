/* verify: tell the web server whether a request that it holds may pass, and whose it is. */
#include "account/bearer.h"
#include "http/bearer.h"
#include "http/gateway.h"
#include "serve/responder.h"

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	struct requirements requirements;	/* borrowed from request */
	struct identity identity;		/* owned */
	const char *jwt = NULL;			/* borrowed from request, secret */
	enum err err;

	if ((err = gateway_requirements(request, &requirements)) != ERR_OK)
		return err;
	/* The query is the page's, and so is a parameter in it that is called access_token. */
	if ((err = bearer_of_header(request, &jwt)) != ERR_OK)
		return err;
	if ((err = bearer_identify(context, jwt, &requirements, &identity)) != ERR_OK)
		return err;
	err = reply_identity(reply, &identity);
	bearer_identity_clear(&identity);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/verify", METHOD_ANY, MEDIA_NONE, FAMILY_GATEWAY, CORS_NEVER, answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_unless_stateless, &resource_keys, NULL
};

static const struct pool verify = {
	.name = "verify",
	.purpose = "tells a web server whose a request is, and whether to let it pass",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &verify);
}
