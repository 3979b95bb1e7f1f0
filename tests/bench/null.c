/* null: a responder with nothing to do, for `verify` to be compared with. */
#include "serve/responder.h"

static enum err
answer(struct service *service, const struct request *request, struct reply *reply)
{
	(void)service;
	(void)request;
	(void)reply;
	return ERR_OK;
}

static const struct endpoint null = {
	.name = "null",
	.purpose = "does nothing",
	.methods = METHOD_ANY,
	.media = MEDIA_NONE,
	.family = FAMILY_GATEWAY,
	.answer = answer,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &null);
}
