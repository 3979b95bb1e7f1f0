/* account_pages_activity: shows somebody what happened with the own account. */
#include "http/account_pages.h"

enum err
account_pages_activity(struct context *context, const struct request *request,
    struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}
