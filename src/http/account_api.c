/* account_api: what programs do with the account of the bearer. */
#include "http/account_api.h"

enum err
account_api_password(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_api_sessions(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_api_profile(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_api_audit(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_api_export(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_api_delete(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}
