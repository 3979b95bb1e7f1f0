/* account_api_list: where a user is signed in, and what happened to the account, as JSON. */
#include "http/account_api_internal.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "account/audit_list.h"
#include "account/session.h"
#include "http/value.h"

/* A list under way. */
struct listing {
	struct json_object *object;	/* owned; the list is its only member */
	struct json_object *list;	/* borrowed from it */
	const char *current;		/* id of the session of the request, or "" */
	enum err err;
};

/* Ends with finish(), whatever comes back. */
static enum err
begin(struct listing *listing, const char *name, const char *current)
{
	*listing = (struct listing){
		.object = json_object_new_object(), .list = json_object_new_array(),
		.current = current,
	};
	if (listing->object == NULL) {
		json_object_put(listing->list);
		return ERR_MEMORY;
	}
	return value_add(listing->object, name, listing->list);
}

static enum err
finish(struct listing *listing, enum err err, struct reply *reply)
{
	if (err == ERR_OK)
		err = listing->err;
	if (err == ERR_OK)
		err = value_set_body(reply, listing->object);
	json_object_put(listing->object);
	return err;
}

/* A member of an entry: a text, or a number where that is NULL. */
struct member {
	const char *name;		/* NULL ends them */
	const char *text;
	int64_t number;
};

/* Appends an entry, and returns it, borrowed; NULL: memory is out, and noted. */
static struct json_object *
append(struct listing *listing, const struct member *members)
{
	struct json_object *object;	/* taken by the list */

	if (listing->err != ERR_OK)
		return NULL;
	object = json_object_new_object();
	listing->err = value_append(listing->list, object);
	for (; members->name != NULL && listing->err == ERR_OK; members++)
		listing->err = members->text != NULL
		    ? value_add_text(object, members->name, members->text)
		    : value_add_number(object, members->name, members->number);
	return listing->err == ERR_OK ? object : NULL;
}

/* ---- sessions */

static void
visit_session(const struct session *session, void *arg)
{
	struct listing *listing = arg;
	const bool is_current = strcmp(session->id, listing->current) == 0;
	struct json_object *object = append(listing, (const struct member[]){
		{ "id", session->id, 0 },
		{ "kind", session->kind, 0 },
		{ "client", session->client_id, 0 },
		{ "created_at", NULL, session->created_at },
		{ "last_seen_at", NULL, session->used_at },
		{ "expires_at", NULL, session->expires_at },
		{ "network", session->network, 0 },
		{ "agent", session->agent, 0 },
		{0},
	});

	if (object != NULL)
		listing->err = value_add(object, "is_current",
		    json_object_new_boolean(is_current));
}

enum err
account_api_list_sessions(struct context *context, const struct identity *identity,
    struct reply *reply)
{
	struct listing listing;
	enum err err = begin(&listing, "sessions", identity->session);

	if (err == ERR_OK)
		err = session_list_newest(context, identity->user, visit_session, &listing);
	return finish(&listing, err, reply);
}

/* ---- audit */

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, NUMBER_DIGITS_MAX = 18 };

/* The account of an administrator is none of the user's business. */
static const char *
name_by(enum audit_by by)
{
	switch (by) {
	case AUDIT_BY_USER:
		return "user";
	case AUDIT_BY_COMMAND:
		return "operator";
	case AUDIT_BY_OTHER:
		return "other";
	case AUDIT_BY_NOBODY:
		break;
	}
	return "";
}

static void
visit_event(const struct audit_entry *entry, void *arg)
{
	(void)append(arg, (const struct member[]){
		{ "id", NULL, entry->id },
		{ "at", NULL, entry->at },
		{ "event", entry->event, 0 },
		{ "by", name_by(entry->by), 0 },
		{ "client", entry->client_id, 0 },
		{ "network", entry->network, 0 },
		{ "detail", entry->detail, 0 },
		{ "count", NULL, entry->count },
		{0},
	});
}

/* Reads a number from 1 to max, if it is there at all. */
static enum err
read_number(struct context *context, const struct request *request, const char *name,
    int64_t max, int64_t *number)
{
	char *text = NULL;	/* owned */
	int64_t read = 0;
	enum err err = wire_query_find(request->wire, name, &text);
	bool is_there = false;

	if (err == ERR_OK)
		err = wire_query_has(request->wire, (const char *const[]){ name, NULL },
		    &is_there);
	if (err == ERR_OK && text != NULL && strlen(text) <= NUMBER_DIGITS_MAX &&
	    text[strspn(text, "0123456789")] == '\0')
		read = strtoll(text, NULL, 10);
	free(text);
	if (err != ERR_OK || !is_there)
		return err;
	*number = read;
	if (read >= 1 && read <= max)
		return ERR_OK;
	return faults_add_to_query(&context->faults, "value_error", name,
	    "Input should be a whole number from 1 to %lld", (long long)max);
}

enum err
account_api_list_audit(struct context *context, const struct request *request,
    const struct user *user, struct reply *reply)
{
	struct audits_list list = {
		.user_id = user->id, .event = "", .order = AUDITS_NEWEST_FIRST,
		.limit = LIMIT_DEFAULT,
	};
	struct listing listing;
	enum err after, limit, err;

	after = read_number(context, request, "after", INT64_MAX, &list.after);
	limit = read_number(context, request, "limit", LIMIT_MAX, &list.limit);
	if (after != ERR_OK || limit != ERR_OK)
		return after != ERR_OK ? after : limit;
	err = begin(&listing, "events", "");
	if (err == ERR_OK)
		err = audit_list(context, &list, visit_event, &listing);
	return finish(&listing, err, reply);
}
