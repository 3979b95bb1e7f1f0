/* message: what users are told by mail. */
#include "account/message.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "store/outbox.h"
#include "text/agent.h"

enum { LANGUAGE_MAX = 100, DATA_SIZE = 512 };

static const char *const kinds[] = {
	[MESSAGE_LINK] = "link", [MESSAGE_PASSWORD_CHANGED] = "password changed",
	[MESSAGE_REUSE] = "reuse", [MESSAGE_NEW_BROWSER] = "new browser",
};

static bool
has_address(const struct user *user)
{
	return user != NULL && user->email != NULL && *user->email != '\0';
}

/* Lines `key=value`; a header of HTTP has no line breaks. */
static void
describe(const struct context *context, char data[DATA_SIZE])
{
	char network[NETWORK_SIZE] = "", agent[AGENT_SIZE] = "";

	if (context->client != NULL) {
		network_coarse_of(context->client, network);
		agent_name(context->agent, agent);
	}
	snprintf(data, DATA_SIZE, "language=%.*s\nnetwork=%s\nagent=%s\n", LANGUAGE_MAX,
	    context->language, network, agent);
}

enum err
message_add(struct db_connection *connection, const struct context *context,
    enum message_kind kind, const struct user *user)
{
	char data[DATA_SIZE];
	const struct outbox_row row = {
		.at = context->now, .kind = kinds[kind], .data = data,
		.user_id = has_address(user) ? user->id : 0,
	};

	if (kind == MESSAGE_NONE || *context->service->config->notify == '\0')
		return ERR_OK;
	if (kind != MESSAGE_LINK && !has_address(user))
		return ERR_OK;
	describe(context, data);
	return outbox_add(connection, &row);
}
