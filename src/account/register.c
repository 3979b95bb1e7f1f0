/* register: adds a new user. */
#include "account/register.h"

#include <stdlib.h>
#include <string.h>

#include "account/attempts.h"
#include "account/audit.h"
#include "account/new_password.h"
#include "account/new_profile.h"
#include "hash/hasher.h"
#include "text/lookalike.h"
#include "text/username.h"

/* Whoever runs the service may want such a name; nobody else may pass for that person. */
static enum err
check_not_reserved(struct context *context, const char *key)
{
	bool is_reserved = false;
	enum err err;

	if (context->operator != NULL)
		return ERR_OK;
	err = lookalike_is_listed(key, context->service->config->reserved_names, &is_reserved);
	if (err != ERR_OK || !is_reserved)
		return err;
	return faults_add(&context->faults, "value_error", "username",
	    "Username is reserved, or looks like a reserved one; choose another");
}

/* Fills in the two forms of a new user's name. */
static enum err
set_username(struct context *context, const char *typed, struct user *user)
{
	struct username name;
	enum err err = username_prepare(typed, &name);

	if (err == ERR_REFUSED)
		return username_explain(typed, &context->faults);
	user->username = name.shown;
	user->username_key = name.key;
	return err == ERR_OK ? check_not_reserved(context, name.key) : err;
}

/* Both members are looked at before either is reported, so that a person mends them at once. */
static enum err
check_credentials(struct context *context, const char *username,
    const struct password *password, struct user *user)
{
	const enum err of_name = set_username(context, username, user);
	enum err of_password;

	if (of_name != ERR_OK && of_name != ERR_FIELDS)
		return of_name;
	of_password = new_password_check(context, password,
	    user->username_key == NULL ? "" : user->username_key, "password");
	return of_password == ERR_OK ? of_name : of_password;
}

/* An early look saves the hash; what decides is the database, when the user is added. */
static enum err
check_name_is_free(struct db *db, const char *key)
{
	struct user *present = NULL;	/* owned */
	enum err err = users_find(db, key, &present);

	if (err == ERR_OK && present != NULL)
		err = ERR_NAME_TAKEN;
	user_free(present);
	return err;
}

/* Copies a text into *copy, unless there is none. */
static enum err
take_text(const char *text, char **copy)
{
	if (text == NULL || *text == '\0')
		return ERR_OK;
	free(*copy);
	return (*copy = strdup(text)) != NULL ? ERR_OK : ERR_MEMORY;
}

static enum err
set_profile(struct context *context, const struct profile *profile, struct user *user)
{
	enum err err;

	if ((err = new_profile_check(context, profile)) != ERR_OK)
		return err;
	if ((err = take_text(profile->email, &user->email)) != ERR_OK)
		return err;
	if ((err = take_text(profile->display_name, &user->display_name)) != ERR_OK)
		return err;
	return take_text(profile->groups, &user->groups);
}

/*
 * Whoever shows a token that may create users is a program of the operator's, which has one
 * address for all whom it registers.
 */
static enum err
take_attempt(struct context *context, struct attempt *attempt)
{
	if (context->service->config->registration == REGISTRATION_BEARER)
		return ERR_OK;
	return attempts_take_registration(context, attempt);
}

struct addition {
	const struct context *context;
	struct user *user;
};

static enum err
do_add(struct db_connection *connection, void *arg)
{
	const struct addition *new = arg;
	struct audit_author author;
	struct audits_row row;
	enum err err = users_add(connection, new->user);

	if (err != ERR_OK)
		return err;
	row = audit_describe(new->context, new->user, "user made", "", &author);
	return audits_add(connection, &row);
}

static enum err
add(struct context *context, struct user *user)
{
	struct addition new = { context, user };
	enum err err = db_transact(context->service->db, do_add, &new);

	if (err == ERR_CONFLICT)
		err = users_explain_conflict(context->service->db, user);
	if (err == ERR_OK)
		audit_user(context, "user registered", user, NULL);
	return err;
}

/* Fills in what is the same for all who are new; false without memory. */
static bool
set_defaults(struct user *user)
{
	user->is_active = true;
	user->scope = strdup("");
	user->groups = strdup("");
	return user->scope != NULL && user->groups != NULL;
}

enum err
register_user(struct context *context, const struct credentials *credentials,
    const struct profile *profile, struct user **result)
{
	const struct service *service = context->service;
	struct user *user = calloc(1, sizeof(*user));	/* owned */
	struct password password = {0};			/* owned, secret */
	struct attempt attempt = {0};
	bool has_told = false;
	enum err err = ERR_MEMORY;

	*result = NULL;
	if (user == NULL || !set_defaults(user))
		goto out;
	if (profile != NULL && (err = set_profile(context, profile, user)) != ERR_OK)
		goto out;
	err = password_prepare(credentials->password, context->source, &password);
	if (err != ERR_OK)
		goto out;
	err = check_credentials(context, credentials->username, &password, user);
	if (err != ERR_OK)
		goto out;
	if ((err = hasher_ask(service->hasher, context->source)) != ERR_OK)
		goto out;
	if ((err = take_attempt(context, &attempt)) != ERR_OK)
		goto out;
	err = check_name_is_free(service->db, user->username_key);
	/* From here on any answer tells whether the name is taken, even "overloaded". */
	has_told = err == ERR_OK || err == ERR_NAME_TAKEN;
	if (err != ERR_OK)
		goto out;
	if ((err = new_password_hash(context, &password, &user->hashed_password)) != ERR_OK)
		goto out;
	if ((err = add(context, user)) != ERR_OK)
		goto out;
	*result = user;
	user = NULL;
out:
	if (!has_told)
		attempts_give_back(context, &attempt);
	password_clear(&password);
	user_free(user);
	return err;
}

enum err
register_invited(struct context *context, const char *username, struct user **result)
{
	struct user *user = calloc(1, sizeof(*user));	/* owned */
	enum err err = ERR_MEMORY;

	*result = NULL;
	if (user == NULL || !set_defaults(user) || (user->hashed_password = strdup("")) == NULL)
		goto out;
	if ((err = set_username(context, username, user)) != ERR_OK)
		goto out;
	if ((err = add(context, user)) != ERR_OK)
		goto out;
	*result = user;
	user = NULL;
out:
	user_free(user);
	return err;
}
