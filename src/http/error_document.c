/* error_document: answers in the place of a page that `verify` has refused. */
#include "http/error_document.h"

#include <stdio.h>

#include "http/bearer.h"
#include "http/gateway.h"
#include "http/guard.h"
#include "http/page_root.h"

/* A bearer token was looked at where it was refused, and is not looked at again. */
static enum err
judge(struct context *context, const struct request *request,
    const struct gateway_demands *demands, struct identity *identity)
{
	const char *jwt;
	enum err err = bearer_of_header(request, &jwt);

	*identity = (struct identity){0};
	if (err != ERR_NO_TOKEN)
		return err == ERR_OK ? ERR_TOKEN : err;
	err = guard_identify(context, request, demands, identity);
	/* Then it could not be decided a moment ago. */
	return err == ERR_OK ? ERR_OVERLOADED : err;
}

enum err
error_document_answer(struct context *context, const struct request *request,
    struct reply *reply)
{
	char root[PAGE_ROOT_SIZE], signin[PAGE_ROOT_SIZE + sizeof("signin")];
	struct gateway_demands demands;		/* borrows signin */
	struct identity identity;		/* owned */
	enum err err = gateway_redirected_demands(request, &demands);

	if (err != ERR_OK)
		return err;
	page_root_find(request->wire, root);
	snprintf(signin, sizeof(signin), "%ssignin", root);
	demands.signin = signin;
	demands.redirects = true;
	err = judge(context, request, &demands, &identity);
	err = guard_refuse(context, request, &demands, &identity, err, reply);
	identity_clear(&identity);
	return err;
}
