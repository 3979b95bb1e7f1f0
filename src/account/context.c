/* context: what a rule of this room knows of what it serves. */
#include "account/context.h"

#include <time.h>

void
context_init(struct context *context, struct service *service, const char *client,
    const char *operator)
{
	*context = (struct context){
		.service = service, .client = client, .operator = operator, .now = time(NULL),
		.agent = "", .language = "", .scope_needed = "",
	};
	if (client == NULL)
		return;
	network_of(client, context->network);
	context->source = context->network;
}
