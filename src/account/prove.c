/* prove: finds out whether a password is a user's. */
#include "account/prove.h"

#include <stdlib.h>

#include "account/attempts.h"
#include "account/audit.h"
#include "account/dummy.h"
#include "account/new_password.h"
#include "base/log.h"
#include "base/secret.h"
#include "hash/hasher.h"
#include "text/username.h"

/* A failure costs nothing but another try at the next sign-in: the password was right. */
static void
upgrade_hash(struct context *context, const struct user *user, const struct password *password)
{
	char *stored = NULL;	/* owned, secret */
	enum err err = new_password_hash(context, password, &stored);

	if (err == ERR_OK)
		err = users_upgrade_password(context->service->db, user->id,
		    user->hashed_password, stored);
	secret_free(stored);
	log_event(err == ERR_OK ? LEVEL_INFO : LEVEL_WARNING,
	    err == ERR_OK ? "hash upgraded" : "hash not upgraded",
	    LOG_TEXT("user", user->username), LOG_NUMBER("uid", user->id),
	    LOG_TEXT("result", err_name(err)));
}

static void
tell_refusal(const struct context *context, const struct user *user, enum err err)
{
	if (err != ERR_CREDENTIALS)
		audit_unchecked(context, user, err);
	else if (user == NULL)
		audit_refusal(context, NULL, "unknown_user");
	else if (!user->is_active)
		audit_refusal(context, user, "inactive_user");
	else if (!password_is_checkable(user->hashed_password))
		audit_refusal(context, user, "unsupported_hash");
	else
		audit_refusal(context, user, "wrong_password");
}

/* Hashes for nobody (NULL) as well, by that kind: the time taken must not tell who exists. */
static enum err
check_password(const struct service *service, const struct user *user, const char *kind_of_nobody,
    const struct password *password, struct password_check *result)
{
	char kind[PASSWORD_KIND_SIZE];
	enum err err;

	if (user == NULL || !password_kind(user->hashed_password, kind))
		err = password_refuse(service->config, service->hasher, kind_of_nobody, password,
		    result);
	else if (!user->is_active)
		/* A check ends with the form that is right; that must not show here. */
		err = password_refuse(service->config, service->hasher, kind, password, result);
	else
		err = password_check(service->config, service->hasher, user->hashed_password,
		    password, result);
	/* A password can only be right for a user; said again here, where it matters. */
	if (err == ERR_OK && (user == NULL || !user->is_active))
		err = ERR_CREDENTIALS;
	return err;
}

/* Finds the user of that key and checks the password. *user is owned, also on failure. */
static enum err
check(struct context *context, const char *key, const char *typed, struct user **user)
{
	const struct service *service = context->service;
	struct password password = {0};		/* owned, secret */
	struct attempt attempt = {0};		/* borrows key */
	char kind_of_nobody[PASSWORD_KIND_SIZE];
	struct password_check found = {0};
	enum err err;

	/* Chosen for every name: the time must not tell for which of them it counts. */
	if ((err = dummy_choose(context, key, kind_of_nobody)) != ERR_OK)
		goto out;
	if ((err = password_prepare(typed, context->source, &password)) != ERR_OK)
		goto out;
	if ((err = attempts_take_sign_in(context, key, user, &attempt)) != ERR_OK)
		goto out;
	err = check_password(service, *user, kind_of_nobody, &password, &found);
	/* What was found wrong counts, also where the load kept the rest from being tried. */
	if (err != ERR_CREDENTIALS && !(err != ERR_OK && found.was_wrong))
		attempts_give_back(context, &attempt);
	if (err != ERR_OK)
		goto out;
	attempts_remember(context, *user, &attempt);
	if (found.is_outdated)
		upgrade_hash(context, *user, &password);
out:
	password_clear(&password);
	return err;
}

enum err
prove_user(struct context *context, const char *username, const char *password,
    struct user **result)
{
	struct user *user = NULL;	/* owned; NULL when nobody has that name */
	char *key = NULL;		/* owned */
	enum err err = hasher_ask(context->service->hasher, context->source);

	*result = NULL;
	if (err == ERR_OK)
		err = username_key(username, &key);
	if (err == ERR_OK)
		err = check(context, key, password, &user);
	free(key);
	if (err == ERR_OK) {
		*result = user;
		return ERR_OK;
	}
	tell_refusal(context, user, err);
	user_free(user);
	return err;
}

enum err
prove_password(struct context *context, const struct user *user, const char *password)
{
	struct user *found = NULL;	/* owned */
	enum err err = hasher_ask(context->service->hasher, context->source);

	if (err == ERR_OK)
		err = check(context, user->username_key, password, &found);
	/* A name can be given again. */
	if (err == ERR_OK && found->id != user->id)
		err = ERR_CREDENTIALS;
	if (err != ERR_OK)
		tell_refusal(context, found, err);
	user_free(found);
	return err == ERR_CREDENTIALS ? ERR_WRONG_PASSWORD : err;
}
