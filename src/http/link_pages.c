/* link_pages: links that set a password, in a browser. */
#include "http/link_pages.h"

enum err
link_pages_answer(struct context *context, const struct request *request, struct reply *reply)
{
	(void)context;
	(void)request;
	(void)reply;
	return ERR_NOT_FOUND;
}
