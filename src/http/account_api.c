/* account_api: what programs do to the account of whose token they have. */
#include "http/account_api.h"

#include "account/bearer.h"
#include "account/self.h"
#include "account/self_export.h"
#include "http/account_api_internal.h"
#include "http/bearer.h"

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
		    : account_api_list_sessions(context, &identity, reply);
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
	struct identity identity;
	enum err err = identify(context, request, &identity);

	if (err == ERR_OK)
		err = account_api_list_audit(context, request, identity.user, reply);
	identity_clear(&identity);
	return err;
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
