/* health: tells whoever watches the service how it is. */
#include "http/health.h"

enum err
health_live(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
health_ready(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
health_metrics(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}
