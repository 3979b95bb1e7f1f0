/* verify: tell the web server whether a request that it holds may pass, and whose it is. */
#include "account/bearer.h"
#include "http/bearer.h"
#include "http/gateway.h"
#include "http/guard.h"
#include "serve/responder.h"

/* A bearer token decides alone. Without one, the cookie of a browser does. */
static enum err
identify(struct context *context, const struct request *request,
    const struct gateway_demands *demands, struct identity *identity)
{
	const char *jwt = NULL;			/* borrowed from request, secret */
	/* The query is the page's, and so is a parameter in it that is called access_token. */
	enum err err = bearer_of_header(request, &jwt);

	if (err == ERR_NO_TOKEN)
		return guard_identify(context, request, demands, identity);
	*identity = (struct identity){0};
	if (err != ERR_OK)
		return err;
	return bearer_identify(context, jwt, &demands->requirements, identity);
}

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	struct gateway_demands demands;		/* borrowed from request */
	struct identity identity;		/* owned */
	enum err err;

	err = gateway_demands(request, context->service->config, &demands);
	if (err != ERR_OK)
		return err;
	err = identify(context, request, &demands, &identity);
	if (err == ERR_OK)
		err = reply_identity(reply, &identity, demands.names);
	else
		err = guard_refuse(context, request, &demands, &identity, err, reply);
	identity_clear(&identity);
	return err;
}

static const struct endpoint endpoints[] = {
	{ "/verify", METHOD_ANY, MEDIA_NONE, FAMILY_GATEWAY, CORS_NEVER, answer },
	{0},
};

static const struct resource *const resources[] = {
	&resource_database_unless_stateless, &resource_keys, &resource_seen,
	&resource_pages_if_there, &resource_counters, NULL
};

static const struct pool verify = {
	.name = "verify",
	.purpose = "tells a web server whose a request is, and whether to let it pass",
	.endpoints = endpoints,
	.resources = resources,
	.takes_http = true,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &verify);
}
