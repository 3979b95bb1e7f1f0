/* message: what users are told by mail. */
#include "account/message.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/audit.h"
#include "store/buckets.h"
#include "text/mail.h"

enum { AT_ONCE = 5, ONE_EACH = 1200 };	/* messages of a kind to an account, seconds */

static const char *const kinds[] = {
	[MESSAGE_NONE] = "none", [MESSAGE_LINK] = "link",
	[MESSAGE_PASSWORD_CHANGED] = "password_changed",
	[MESSAGE_EMAIL_CHANGED] = "email_changed", [MESSAGE_REUSE] = "reuse",
	[MESSAGE_NEW_BROWSER] = "new_browser",
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/*
 * Seconds until a link is due, and what nobody is to get: to write a message and run a program
 * takes time, which would show in an answer that is still under way.
 */
enum { LINK_DELAY = 2 };

const char *
message_name(enum message_kind kind)
{
	return kinds[kind];
}

/* ---- Writing */

static bool
has_address(const struct user *user)
{
	return user != NULL && user->email != NULL && *user->email != '\0';
}

/*
 * Whoever knows a password can change it without end, and have any address as the own. What is
 * about a link is bounded where it is asked for: see account/attempts.h.
 */
static enum err
take_attempt(const struct context *context, struct db_connection *connection,
    enum message_kind kind, const struct user *user)
{
	const struct bucket budget = {
		BUCKET_MESSAGE, user->username_key, kinds[kind], { AT_ONCE, ONE_EACH }
	};
	struct buckets *buckets = context->service->attempts;
	struct buckets_refusal refusal;
	enum err err;

	if (buckets == NULL)
		return ERR_OK;
	err = connection == NULL ? buckets_take(buckets, &budget, 1, &refusal)
	    : buckets_take_within(buckets, connection, &budget, &refusal);
	if (err == ERR_ATTEMPTS)
		audit_user(context, "message left out", user, "too many");
	return err;
}

/* Lines `key=value`. Of a header, what can be in a list of languages is taken up to its end. */
static void
describe(const struct context *context, const char *to, char data[MESSAGE_DATA_SIZE])
{
	static const char in_languages[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789-*,;=. ";
	const size_t len = strspn(context->language, in_languages);
	char network[NETWORK_SIZE] = "", agent[AGENT_SIZE] = "";

	if (context->client != NULL) {
		network_coarse_of(context->client, network);
		agent_name(context->agent, agent);
	}
	snprintf(data, MESSAGE_DATA_SIZE,
	    "at=%" PRId64 "\nlanguage=%.*s\nnetwork=%s\nagent=%s\nto=%s\n", context->now,
	    len < MESSAGE_LANGUAGE_SIZE ? (int)len : MESSAGE_LANGUAGE_SIZE - 1,
	    context->language, network, agent, to);
}

static bool
is_wanted(const struct context *context, enum message_kind kind, const struct user *user)
{
	if (kind == MESSAGE_NONE || *context->service->config->notify == '\0')
		return false;
	if (kind == MESSAGE_LINK)
		return true;
	return has_address(user) &&
	    (kind != MESSAGE_EMAIL_CHANGED || mail_is_address(user->email));
}

/* In a transaction, or outside of one (NULL). */
static enum err
write_draft(const struct context *context, struct db_connection *connection,
    enum message_kind kind, const struct user *user, struct message_draft *draft)
{
	enum err err;

	draft->message = NULL;
	if (!is_wanted(context, kind, user))
		return ERR_OK;
	if (kind != MESSAGE_LINK &&
	    (err = take_attempt(context, connection, kind, user)) != ERR_OK)
		return err == ERR_ATTEMPTS ? ERR_OK : err;
	describe(context, kind == MESSAGE_EMAIL_CHANGED ? user->email : "", draft->data);
	draft->row = (struct outbox_row){
		.at = context->now + (kind == MESSAGE_LINK ? LINK_DELAY : 0),
		.kind = kinds[kind], .data = draft->data,
		.user_id = has_address(user) ? user->id : 0,
	};
	draft->message = &draft->row;
	return ERR_OK;
}

enum err
message_draft(const struct context *context, enum message_kind kind, const struct user *user,
    struct message_draft *draft)
{
	return write_draft(context, NULL, kind, user, draft);
}

void
message_note(struct context *context, const struct outbox_row *row)
{
	if (row != NULL)
		context->message_id = row->id;
}

enum err
message_add(struct db_connection *connection, struct context *context, enum message_kind kind,
    const struct user *user)
{
	struct message_draft draft;
	enum err err = write_draft(context, connection, kind, user, &draft);

	if (err != ERR_OK || draft.message == NULL)
		return err;
	if ((err = outbox_add(connection, draft.message)) == ERR_OK)
		message_note(context, draft.message);
	return err;
}

enum err
message_add_of_profile(struct db_connection *connection, struct context *context,
    const struct user *user, const struct profile *profile)
{
	if (!has_address(user) || profile->email == NULL ||
	    strcmp(profile->email, user->email) == 0)
		return ERR_OK;
	return message_add(connection, context, MESSAGE_EMAIL_CHANGED, user);
}

/* ---- Reading */

/* Copies the value of a line `key=value`, or "". */
static void
read_value(const char *data, const char *key, char *value, size_t size)
{
	const size_t key_len = strlen(key);

	*value = '\0';
	for (; *data != '\0'; data += strcspn(data, "\n"), data += *data == '\n') {
		if (strncmp(data, key, key_len) != 0 || data[key_len] != '=')
			continue;
		data += key_len + 1;
		snprintf(value, size, "%.*s", (int)strcspn(data, "\n"), data);
		return;
	}
}

bool
message_read(const char *kind, const char *data, struct message_facts *facts)
{
	char at[24];
	size_t i = MESSAGE_LINK;

	while (i < KINDS && strcmp(kinds[i], kind) != 0)
		i++;
	if (i == KINDS)
		return false;
	facts->kind = (enum message_kind)i;
	read_value(data, "at", at, sizeof(at));
	read_value(data, "language", facts->language, sizeof(facts->language));
	read_value(data, "network", facts->network, sizeof(facts->network));
	read_value(data, "agent", facts->agent, sizeof(facts->agent));
	read_value(data, "to", facts->to, sizeof(facts->to));
	facts->at = strtoll(at, NULL, 10);
	return facts->at > 0;
}
