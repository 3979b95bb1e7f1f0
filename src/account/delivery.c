/* delivery: hands messages that wait in the outbox to the program that `notify` names. */
#include "account/delivery.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account/letter.h"
#include "account/link.h"
#include "account/metrics.h"
#include "base/log.h"
#include "base/program.h"
#include "base/secret.h"
#include "store/outbox.h"

enum {
	LIMIT_MS = 10000,	/* that the program may take */
	STOP_MS = 1000,		/* that it has left when we are to end */
	KEPT = 86400,		/* seconds that a message is tried for */
	ARGS_MAX = 512,		/* as many as the setting has room for */
	TOLD = 6,		/* characters of a secret that are not to be in a log */
};

/* A run: what it works with. */
struct run {
	struct context context;		/* of what is done now */
	struct pages *pages;		/* owned; NULL until there is something to write */
	int stop_fd;
	struct delivery *delivery;	/* borrowed */
};

/* One message that is due. */
struct item {
	struct run *run;
	const struct outbox_message *message;	/* borrowed */
	struct message_facts facts;
	struct user *user;		/* owned */
	char token[LINK_TOKEN_SIZE];	/* secret; "" where there is no link in it */
	bool is_claimed;
};

static void
log_item(const struct item *item, enum log_level level, const char *event,
    const struct program_end *end)
{
	const struct log_field fields[] = {
		LOG_TEXT("user", item->user == NULL ? NULL : item->user->username),
		LOG_NUMBER("uid", item->message->user_id), LOG_TEXT("kind", item->message->kind),
		LOG_NUMBER("tries", item->message->tries + item->is_claimed),
		LOG_TEXT("reason", end->reason), LOG_TEXT("said", end->said),
	};
	const size_t count = sizeof(fields) / sizeof(fields[0]);

	log_fields(level, event, fields, count - (*end->said == '\0') - (*end->reason == '\0'));
}

static enum err
drop(struct item *item, enum log_level level, const char *reason)
{
	struct program_end end = {0};

	snprintf(end.reason, sizeof(end.reason), "%s", reason);
	log_item(item, level, "message dropped", &end);
	metrics_count(item->run->context.service, METRIC_MESSAGES, "given_up");
	return outbox_remove(item->run->context.service->db, item->message->id);
}

/* ---- Claiming */

/* Returns the address that it goes to, borrowed; or NULL. */
static const char *
find_address(const struct item *item)
{
	const struct user *user = item->user;

	if (user == NULL)
		return NULL;
	if (*item->facts.to != '\0')
		return item->facts.to;
	return user->email == NULL || *user->email == '\0' ? NULL : user->email;
}

/* Returns why nobody is to get the message any more, static; NULL: somebody is. */
static const char *
find_obstacle(const struct item *item)
{
	const struct context *context = &item->run->context;
	const bool has_link = item->facts.kind == MESSAGE_LINK;
	const int64_t kept = has_link ? context->service->config->link_ttl : KEPT;

	if (find_address(item) == NULL)
		return "the user has no address";
	if (has_link && !item->user->is_active)
		return "the user is disabled";
	return context->now - item->facts.at > kept ? "it could not be sent in time" : NULL;
}

/* Claims it, and makes the link, in one transaction. */
static enum err
do_claim(struct db_connection *connection, void *arg)
{
	struct item *item = arg;
	struct context *context = &item->run->context;
	const bool has_link = item->facts.kind == MESSAGE_LINK;
	enum err err = ERR_OK;

	item->is_claimed = false;
	/* Another address has voided all links of the user: none may follow to the old one. */
	if (has_link)
		err = users_check_email(connection, item->user->id, item->user->email);
	if (err == ERR_OK)
		err = outbox_claim(connection, item->message, context->now, &item->is_claimed);
	if (err != ERR_OK || !item->is_claimed || !has_link)
		return err;
	return link_add(connection, context, item->user, LINK_PASSWORD, item->token);
}

/* ---- Handing over */

/* Splits the setting at its blanks, in place; argv[0] is the program. */
static void
split(char *words, char *argv[ARGS_MAX + 1])
{
	char *rest = NULL;
	size_t count = 0;

	for (char *word = strtok_r(words, " \t", &rest); word != NULL && count < ARGS_MAX;
	    word = strtok_r(NULL, " \t", &rest))
		argv[count++] = word;
	argv[count] = NULL;
}

/* What a program complains of may be what it was given. */
static void
hide_secret(const struct item *item, struct program_end *end)
{
	char begin[TOLD + 1];

	snprintf(begin, sizeof(begin), "%.*s", TOLD, item->token);
	if (*begin != '\0' && strstr(end->said, begin) != NULL)
		*end->said = '\0';
}

static enum err
hand_over(struct item *item, const char *text, size_t len)
{
	const struct service *service = item->run->context.service;
	struct delivery *delivery = item->run->delivery;
	char *words = strdup(service->config->notify);	/* owned */
	char *argv[ARGS_MAX + 1];
	const struct program program = {
		.argv = argv, .text = text, .len = len, .limit_ms = LIMIT_MS,
		.stop_fd = item->run->stop_fd, .stop_ms = STOP_MS,
	};
	struct program_end end;
	enum err err;

	if (words == NULL)
		return ERR_MEMORY;
	split(words, argv);
	err = program_run(&program, &end);
	hide_secret(item, &end);
	free(words);
	if (err == ERR_OK) {
		delivery->sent++;
		metrics_count(service, METRIC_MESSAGES, "delivered");
		log_item(item, LEVEL_INFO, "message sent", &end);
		return outbox_remove(service->db, item->message->id);
	}
	delivery->failed++;
	metrics_count(service, METRIC_MESSAGES, "failed");
	delivery->is_slow = end.was_killed;
	log_item(item, LEVEL_WARNING, "message not sent", &end);
	return ERR_OK;
}

/* Reads the texts, once in a run. */
static enum err
need_pages(struct run *run)
{
	char fault[PAGES_FAULT_SIZE];
	enum err err;

	if (run->pages != NULL)
		return ERR_OK;
	err = pages_load(run->context.service->config, &run->pages, fault);
	if (err == ERR_SETUP)
		log_event(LEVEL_ERROR, "cannot write messages", LOG_TEXT("reason", fault));
	return err;
}

static enum err
write_and_hand_over(struct item *item)
{
	const struct config *config = item->run->context.service->config;
	char link[LINK_ADDRESS_SIZE] = "";	/* secret */
	const struct letter letter = {
		.id = item->message->id, .facts = &item->facts, .user = item->user, .link = link,
		.to = find_address(item),
	};
	char *text = NULL;			/* owned, secret */
	size_t len;
	enum err err;

	if (*item->token != '\0' && !link_address(config, item->token, link))
		return drop(item, LEVEL_WARNING, "public_url is empty, so there is no link");
	err = letter_write(config, item->run->pages, &letter, &text, &len);
	if (err == ERR_OK)
		err = hand_over(item, text, len);
	else if (err == ERR_REFUSED)
		err = drop(item, LEVEL_WARNING, "the user's address is none for mail");
	secret_free(text);
	secret_wipe(link, sizeof(link));
	return err;
}

/* ---- A run */

static enum err
deliver(struct item *item)
{
	struct db *db = item->run->context.service->db;
	const struct outbox_message *message = item->message;
	const char *obstacle;
	enum err err;

	if (!message_read(message->kind, message->data, &item->facts))
		return drop(item, LEVEL_WARNING, "another version has written it");
	/* What was asked for a name that nobody has. */
	if (message->user_id == 0)
		return outbox_remove(db, message->id);
	if ((err = users_find_by_id(db, message->user_id, &item->user)) != ERR_OK)
		return err;
	if ((obstacle = find_obstacle(item)) != NULL)
		return drop(item, LEVEL_WARNING, obstacle);
	if ((err = need_pages(item->run)) != ERR_OK)
		return err;
	err = db_transact(db, do_claim, item);
	/* It is not claimed, and is looked at once more. */
	if (err == ERR_NO_USER)
		return ERR_OK;
	if (err != ERR_OK || !item->is_claimed)
		return err;
	return write_and_hand_over(item);
}

static bool
is_to_stop(int stop_fd)
{
	struct pollfd stop = { .fd = stop_fd };

	return poll(&stop, 1, 0) > 0;
}

/* Delivers one that is due; *is_last: there is no other. */
static enum err
deliver_next(struct run *run, int64_t only, bool *is_last)
{
	struct outbox_message message;	/* owned */
	struct item item = { .run = run, .message = &message };
	enum err err;

	run->context.now = time(NULL);
	if ((err = outbox_find(run->context.service->db, only, &message)) != ERR_OK)
		return err;
	*is_last = only != 0 || !outbox_is_due(&message, run->context.now);
	run->delivery->next_at = message.at;
	if (outbox_is_due(&message, run->context.now))
		err = deliver(&item);
	secret_wipe(item.token, sizeof(item.token));
	user_free(item.user);
	outbox_message_clear(&message);
	return err;
}

enum err
delivery_run(struct service *service, int64_t only, int stop_fd, struct delivery *delivery)
{
	struct run run = { .stop_fd = stop_fd, .delivery = delivery };
	bool is_last = *service->config->notify == '\0';
	enum err err = ERR_OK;

	*delivery = (struct delivery){0};
	context_init(&run.context, service, NULL, NULL);
	while (err == ERR_OK && !is_last && !delivery->is_slow) {
		err = deliver_next(&run, only, &is_last);
		is_last = is_last || is_to_stop(stop_fd);
	}
	pages_free(run.pages);
	return err;
}

enum err
delivery_is_due(struct service *service, bool *is_due)
{
	struct outbox_message message;	/* owned */
	enum err err = outbox_find(service->db, 0, &message);

	*is_due = err == ERR_OK && outbox_is_due(&message, time(NULL));
	outbox_message_clear(&message);
	return err;
}
