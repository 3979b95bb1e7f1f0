/* account_pages: what people do with their own account in a browser. */
#include "http/account_pages.h"

enum err
account_pages_overview(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_pages_password(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_pages_sessions(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_pages_activity(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_pages_export(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}

enum err
account_pages_delete(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}
