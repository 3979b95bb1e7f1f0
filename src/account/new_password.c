/* new_password: checks and hashes a password that somebody chooses. */
#include "account/new_password.h"

#include <string.h>

#include "account/blocklist.h"
#include "base/secret.h"
#include "base/text.h"
#include "text/precis.h"
#include "text/username.h"

static enum err
fail(struct context *context, const char *field, const char *type, const char *message)
{
	return faults_add(&context->faults, type, field, "%s", message);
}

static enum err
fail_as_short(struct context *context, const char *field)
{
	const long least = context->service->config->password_min_length;

	return faults_add(&context->faults, "string_too_short", field,
	    "Password should have at least %ld character%s", least, least == 1 ? "" : "s");
}

static enum err
explain_refused(struct context *context, const char *typed, const char *field)
{
	struct precis_refusal refusal;
	const enum err err = precis_explain_password(typed, &refusal);

	if (err != ERR_REFUSED)
		return err;
	/* Which character it is would tell a part of the password. */
	return faults_add(&context->faults, "value_error", field,
	    "Password cannot have %s", refusal.words);
}

static enum err
check_prepared(struct context *context, const char *prepared, const char *username_key,
    const char *field)
{
	const struct config *config = context->service->config;
	bool is_name = false, is_blocked = false;
	enum err err;

	if (text_code_points(prepared) < (size_t)config->password_min_length)
		return fail_as_short(context, field);
	if ((err = username_compare(prepared, username_key, &is_name)) != ERR_OK)
		return err;
	if (is_name)
		return fail(context, field, "value_error", "Password is the username");
	if ((err = blocklist_check(config->password_blocklist, prepared, &is_blocked)) != ERR_OK)
		return err;
	if (is_blocked)
		return fail(context, field, "value_error", "Password is too common");
	return ERR_OK;
}

enum err
new_password_check(struct context *context, const struct password *password,
    const char *username_key, const char *field)
{
	if (*password->typed == '\0')
		return fail_as_short(context, field);
	if (password->is_too_long)
		return fail(context, field, "string_too_long",
		    "Password is longer than 1024 bytes");
	if (password->prepared == NULL)
		return explain_refused(context, password->typed, field);
	return check_prepared(context, password->prepared, username_key, field);
}

enum err
new_password_hash(struct context *context, const struct password *password, char **stored)
{
	const struct service *service = context->service;
	char hash[PASSWORD_STORED_SIZE];
	enum err err = password_hash(service->config, service->hasher, password, hash);

	*stored = NULL;
	if (err == ERR_OK && (*stored = strdup(hash)) == NULL)
		err = ERR_OVERLOADED;
	secret_wipe(hash, sizeof(hash));
	return err;
}

enum err
new_password_take(struct context *context, const char *typed, const char *username_key,
    char **stored)
{
	struct password password;	/* owned, secret */
	enum err err;

	*stored = NULL;
	err = password_prepare(typed, context->source, &password);
	if (err == ERR_OK)
		err = new_password_check(context, &password, username_key, "password");
	if (err == ERR_OK)
		err = new_password_hash(context, &password, stored);
	password_clear(&password);
	return err;
}
