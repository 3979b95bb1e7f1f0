/* null: a responder with nothing to do, for `verify` to be compared with. */
#include "serve/responder.h"

static enum err
answer(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_OK;
}

static const struct endpoint endpoints[] = {
	{ "/null", METHOD_ANY, MEDIA_NONE, FAMILY_GATEWAY, CORS_NEVER, answer },
	{0},
};

static const struct resource *const resources[] = { NULL };

static const struct pool null = {
	.name = "null",
	.purpose = "does nothing",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &null);
}
