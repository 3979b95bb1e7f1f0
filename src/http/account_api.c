/* account_api: what programs do to the account of whose token they have. */
#include "http/account_api.h"

#include <json-c/json.h>
#include <string.h>

#include "account/bearer.h"
#include "account/self.h"
#include "account/self_export.h"
#include "account/session.h"
#include "http/bearer.h"
#include "http/value.h"

/* Finds out who asks; identity ends with identity_clear(), and on failure holds nothing. */
static enum err
identify(struct context *context, const struct request *request, struct identity *identity)
{
	const struct requirements needed = {
		.scope = context->service->config->me_scope, .audience = "", .group = "",
	};
	const char *jwt = NULL;		/* borrowed from request, secret */
	enum err err = bearer_of_request(request, &jwt);

	*identity = (struct identity){0};
	return err == ERR_OK ? bearer_identify(context, jwt, &needed, identity) : err;
}

static enum err
read_passwords(struct context *context, const struct request *request,
    struct self_passwords *passwords)
{
	enum err current, new;

	if ((current = request_object(context, request)) != ERR_OK)
		return current;
	current = request_text(context, request, "current_password", &passwords->current);
	new = request_text(context, request, "new_password", &passwords->new);
	return current == ERR_OK ? new : current;
}

enum err
account_api_password(struct context *context, const struct request *request, struct reply *reply)
{
	struct self_passwords passwords = {0};	/* borrowed from request, secret */
	struct identity identity;
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = read_passwords(context, request, &passwords);
	if (err == ERR_OK)
		err = self_change_password(context, identity.user, &passwords,
		    identity.token.has_gid ? identity.token.gid : NULL);
	if (err == ERR_OK)
		reply_nothing(reply);
	identity_clear(&identity);
	return err;
}

/* A list under way. */
struct listing {
	struct json_object *list;	/* owned */
	const char *current;		/* id of the session of the request, or "" */
	enum err err;
};

static enum err
add_session(struct json_object *object, const struct session *session, bool is_current)
{
	const struct {
		const char *name;
		const char *text;	/* NULL: number counts */
		int64_t number;
	} members[] = {
		{ "id", session->id, 0 },
		{ "kind", session->kind, 0 },
		{ "client", session->client_id, 0 },
		{ "created_at", NULL, session->created_at },
		{ "last_seen_at", NULL, session->used_at },
		{ "expires_at", NULL, session->expires_at },
		{ "network", session->network, 0 },
		{ "agent", session->agent, 0 },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && err == ERR_OK; i++)
		err = members[i].text != NULL
		    ? value_add_text(object, members[i].name, members[i].text)
		    : value_add_number(object, members[i].name, members[i].number);
	if (err != ERR_OK)
		return err;
	return value_add(object, "is_current", json_object_new_boolean(is_current));
}

static void
visit_session(const struct session *session, void *arg)
{
	struct listing *listing = arg;
	struct json_object *object;	/* taken by the list */

	if (listing->err != ERR_OK)
		return;
	object = json_object_new_object();
	listing->err = value_append(listing->list, object);
	if (listing->err == ERR_OK)
		listing->err = add_session(object, session,
		    strcmp(session->id, listing->current) == 0);
}

static enum err
list_sessions(struct context *context, const struct identity *identity, struct reply *reply)
{
	struct listing listing = {
		.list = json_object_new_array(), .current = identity->session,
	};
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = object != NULL ? ERR_OK : ERR_MEMORY;

	if (err == ERR_OK)
		err = value_add(object, "sessions", listing.list);
	else
		json_object_put(listing.list);
	if (err == ERR_OK)
		err = session_list_newest(context, identity->user, visit_session, &listing);
	if (err == ERR_OK)
		err = listing.err;
	if (err == ERR_OK)
		err = value_set_body(reply, object);
	json_object_put(object);
	return err;
}

static enum err
end_sessions(struct context *context, const struct request *request,
    const struct identity *identity, struct reply *reply)
{
	const char *which = NULL;	/* borrowed from request */
	enum err err = request_object(context, request);

	if (err == ERR_OK)
		err = request_text(context, request, "end", &which);
	if (err == ERR_OK)
		err = self_end(context, identity->user, which, identity->session);
	if (err == ERR_OK)
		reply_nothing(reply);
	return err;
}

enum err
account_api_sessions(struct context *context, const struct request *request, struct reply *reply)
{
	struct identity identity;
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = request->method == METHOD_POST
		    ? end_sessions(context, request, &identity, reply)
		    : list_sessions(context, &identity, reply);
	identity_clear(&identity);
	return err;
}

/* Each of them may be left out, but not both. */
static enum err
read_profile(struct context *context, const struct request *request, struct profile *profile,
    const char **current)
{
	enum err email, name, password;

	if ((email = request_object(context, request)) != ERR_OK)
		return email;
	email = request_text_if_any(context, request, "email", &profile->email);
	name = request_text_if_any(context, request, "display_name", &profile->display_name);
	password = request_text_if_any(context, request, "current_password", current);
	if (email != ERR_OK || name != ERR_OK || password != ERR_OK)
		return ERR_FIELDS;
	if (profile->email != NULL || profile->display_name != NULL)
		return ERR_OK;
	return faults_add(&context->faults, "missing", "email",
	    "Give email, display_name, or both; an empty text removes what is there");
}

enum err
account_api_profile(struct context *context, const struct request *request, struct reply *reply)
{
	struct profile profile = {0};	/* borrowed from request */
	const char *current = NULL;	/* likewise, secret */
	struct identity identity;
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = read_profile(context, request, &profile, &current);
	if (err == ERR_OK)
		err = self_set_profile(context, identity.user, &profile, current);
	if (err == ERR_OK)
		reply_nothing(reply);
	identity_clear(&identity);
	return err;
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
	struct identity identity;
	char *json = NULL;	/* owned, then taken by the reply */
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = self_export(context, identity.user, &json);
	if (err == ERR_OK)
		err = reply_set_body(reply, "application/json", json);
	if (err == ERR_OK && !reply_header(reply, "Content-Disposition",
	    "attachment; filename=\"account.json\""))
		err = ERR_INTERNAL;
	identity_clear(&identity);
	return err;
}

enum err
account_api_delete(struct context *context, const struct request *request, struct reply *reply)
{
	const char *current = NULL;	/* borrowed from request, secret */
	struct identity identity;
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = request_object(context, request);
	if (err == ERR_OK)
		err = request_text(context, request, "current_password", &current);
	if (err == ERR_OK)
		err = self_delete(context, identity.user, current);
	if (err == ERR_OK)
		reply_nothing(reply);
	identity_clear(&identity);
	return err;
}
