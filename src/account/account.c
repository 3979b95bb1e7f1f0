/* account: the rules: who may register, who may sign in, whom a token speaks for. */
#include "account/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account/blocklist.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "hash/password.h"
#include "text/username.h"

static enum err
explain_refused_name(const char *typed, struct faults *faults)
{
	if (*typed == '\0')
		return faults_add(faults, "string_too_short", "username", "Username is empty");
	if (text_code_points(typed) > USERNAME_POINTS_MAX || strlen(typed) > USERNAME_BYTES_MAX)
		return faults_add(faults, "string_too_long", "username",
		    "Username is longer than 64 characters or 255 bytes");
	return faults_add(faults, "value_error", "username",
	    "Username has characters that are not allowed (spaces, symbols, ':' and mixed scripts "
	    "of different direction are not)");
}

/* Fills in the two forms of a new user's name. */
static enum err
set_username(struct user *user, const char *typed, struct faults *faults)
{
	struct username name;
	enum err err = username_prepare(typed, &name);

	if (err == ERR_REFUSED)
		return explain_refused_name(typed, faults);
	user->username = name.shown;
	user->username_key = name.key;
	return err;
}

static enum err
check_prepared(const struct config *config, const char *password, const char *key,
    struct faults *faults)
{
	bool is_name = false, is_blocked = false;
	enum err err;

	if (text_code_points(password) < (size_t)config->password_min_length)
		return faults_add(faults, "string_too_short", "password", "Password is too short");
	if ((err = username_compare(password, key, &is_name)) != ERR_OK)
		return err;
	if (is_name)
		return faults_add(faults, "value_error", "password", "Password is the username");
	if ((err = blocklist_check(config->password_blocklist, password, &is_blocked)) != ERR_OK)
		return err;
	if (is_blocked)
		return faults_add(faults, "value_error", "password", "Password is too common");
	return ERR_OK;
}

/* The rules for a new password (protocol section 5.2), on its prepared form. */
static enum err
check_new_password(const struct config *config, const struct password *password, const char *key,
    struct faults *faults)
{
	if (*password->typed == '\0')
		return faults_add(faults, "string_too_short", "password", "Password is too short");
	if (strlen(password->typed) > PASSWORD_BYTES_MAX)
		return faults_add(faults, "string_too_long", "password",
		    "Password is longer than 1024 bytes");
	if (password->prepared == NULL)
		return faults_add(faults, "value_error", "password",
		    "Password has characters that are not allowed (control characters)");
	return check_prepared(config, password->prepared, key, faults);
}

/* Both members are looked at before either is reported, so that a person mends them at once. */
static enum err
check_new_credentials(const struct config *config, const char *username,
    const struct password *password, struct user *user, struct faults *faults)
{
	enum err of_name = set_username(user, username, faults);
	enum err of_password;

	if (of_name != ERR_OK && of_name != ERR_FIELDS)
		return of_name;
	of_password = check_new_password(config, password,
	    user->username_key == NULL ? "" : user->username_key, faults);
	return of_password == ERR_OK ? of_name : of_password;
}

/* An early look saves the hash; what decides is the database, when the user is added. */
static enum err
check_name_is_free(struct db *db, const char *key)
{
	struct user *present = NULL;
	enum err err = users_find(db, key, &present);

	if (err == ERR_OK && present != NULL)
		err = ERR_NAME_TAKEN;
	user_free(present);
	return err;
}

static enum err
hash_new_password(struct service *service, const struct password *password, char **stored)
{
	char hash[PASSWORD_STORED_SIZE];
	enum err err = password_hash(service->config, service->hasher, password, hash);

	if (err == ERR_OK && (*stored = strdup(hash)) == NULL)
		err = ERR_INTERNAL;
	secret_wipe(hash, sizeof(hash));
	return err;
}

enum err
account_register(struct service *service, const struct credentials *credentials,
    struct faults *faults, struct user **result)
{
	struct user *user = calloc(1, sizeof(*user));	/* owned */
	struct password password = {0};			/* owned, secret */
	enum err err = ERR_INTERNAL;

	*result = NULL;
	if (user == NULL || (user->scope = strdup("")) == NULL)
		goto out;
	user->is_active = true;
	if ((err = password_prepare(credentials->password, &password)) != ERR_OK)
		goto out;
	err = check_new_credentials(service->config, credentials->username, &password, user, faults);
	if (err != ERR_OK)
		goto out;
	if ((err = hasher_ask(service->hasher)) != ERR_OK)
		goto out;
	if ((err = check_name_is_free(service->db, user->username_key)) != ERR_OK)
		goto out;
	err = hash_new_password(service, &password, &user->hashed_password);
	if (err != ERR_OK)
		goto out;
	if ((err = users_add(service->db, user)) != ERR_OK)
		goto out;
	log_event(LEVEL_INFO, "user registered", LOG_TEXT("user", user->username),
	    LOG_NUMBER("uid", user->id), LOG_TEXT("client", service->client));
	*result = user;
	user = NULL;
out:
	password_clear(&password);
	user_free(user);
	return err;
}

/* A failure costs nothing but another try at the next sign-in: the password was right. */
static void
upgrade_hash(struct service *service, const struct user *user, const struct password *password)
{
	char *stored = NULL;	/* owned, secret */
	enum err err = hash_new_password(service, password, &stored);

	if (err == ERR_OK)
		err = users_set_password(service->db, user->id, user->hashed_password, stored);
	secret_free(stored);
	log_event(err == ERR_OK ? LEVEL_INFO : LEVEL_WARNING,
	    err == ERR_OK ? "hash upgraded" : "hash not upgraded", LOG_TEXT("user", user->username),
	    LOG_NUMBER("uid", user->id), LOG_TEXT("result", err_name(err)));
}

static void
log_refusal(const struct service *service, const struct user *user, enum err err)
{
	const char *reason = err_name(err);

	if (err == ERR_CREDENTIALS && user == NULL)
		reason = "unknown user";
	else if (err == ERR_CREDENTIALS)
		reason = user->is_active ? "wrong password" : "inactive user";
	log_event(LEVEL_INFO, "sign-in refused", LOG_TEXT("user", user ? user->username : NULL),
	    LOG_TEXT("reason", reason), LOG_TEXT("client", service->client));
}

static enum err
find_to_sign_in(struct service *service, const char *username, struct user **user)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	if (err == ERR_OK)
		err = users_find_with_hash(service->db, key, user);
	free(key);
	return err;
}

enum err
account_sign_in(struct service *service, const struct credentials *credentials,
    struct user **result)
{
	struct user *user = NULL;		/* owned; NULL when nobody has that name */
	struct password password = {0};		/* owned, secret */
	bool outdated = false;
	enum err err;

	*result = NULL;
	if ((err = hasher_ask(service->hasher)) != ERR_OK)
		goto out;
	if ((err = find_to_sign_in(service, credentials->username, &user)) != ERR_OK)
		goto out;
	if ((err = password_prepare(credentials->password, &password)) != ERR_OK)
		goto out;
	/* Hash even for nobody: the time taken must not tell who exists. */
	err = password_check(service->config, service->hasher,
	    user == NULL ? NULL : user->hashed_password, &password, &outdated);
	/* A password can only be right for a user; said again here, where it matters. */
	if (err == ERR_OK && (user == NULL || !user->is_active))
		err = ERR_CREDENTIALS;
	if (err != ERR_OK)
		goto out;
	if (outdated)
		upgrade_hash(service, user, &password);
	log_event(LEVEL_INFO, "signed in", LOG_TEXT("user", user->username),
	    LOG_NUMBER("uid", user->id), LOG_TEXT("client", service->client));
	*result = user;
out:
	if (err != ERR_OK) {
		log_refusal(service, user, err);
		user_free(user);
	}
	password_clear(&password);
	return err;
}

/* Our own tokens go by the id, which is never given twice; a tutorial token has only the name. */
static enum err
find_owner(struct service *service, const struct token *token, struct user **user)
{
	if (token->uid != 0)
		return users_find_by_id(service->db, token->uid, user);
	return account_find(service, token->subject, user);
}

/* *user is owned, also where the answer is ERR_INACTIVE. */
static enum err
find_active_owner(struct service *service, const struct token *token, struct user **user)
{
	enum err err = find_owner(service, token, user);

	if (err != ERR_OK)
		return err;
	if (*user == NULL)
		return ERR_TOKEN;
	return (*user)->is_active ? ERR_OK : ERR_INACTIVE;
}

static enum err
verify_token(struct service *service, const char *jwt, struct token *token)
{
	const struct keys *keys = keyring_borrow(service->keyring);
	const int64_t now = time(NULL);
	enum err err = ERR_OK;

	if (!token_cache_find(service->tokens, keys_version(keys), jwt, now, token)) {
		err = token_verify(service->config, keys, jwt, now, token);
		if (err == ERR_OK)
			token_cache_put(service->tokens, keys_version(keys), jwt, token);
	}
	keyring_return(service->keyring, keys);
	return err;
}

enum err
account_of_token(struct service *service, const char *jwt, const char *scope_needed,
    struct user **result)
{
	struct token token = {0};
	struct user *user = NULL;	/* owned */
	enum err err;

	*result = NULL;
	if ((err = verify_token(service, jwt, &token)) != ERR_OK)
		goto out;
	if ((err = find_active_owner(service, &token, &user)) != ERR_OK)
		goto out;
	err = ERR_FORBIDDEN;
	/* In the token, and not withdrawn from the user since. */
	if (*scope_needed != '\0' && !scope_has(token.scope, scope_needed))
		goto out;
	if (!scope_is_within(scope_needed, service->config->scopes, user->scope))
		goto out;
	*result = user;
	user = NULL;
	err = ERR_OK;
out:
	token_clear(&token);
	user_free(user);
	return err;
}

/* What the token says, as far as what is stored now still bears it out. */
static enum err
compare_with_stored(struct service *service, struct identity *identity)
{
	enum err err = find_active_owner(service, &identity->token, &identity->user);

	if (err != ERR_OK)
		return err;
	identity->username = identity->user->username;
	snprintf(identity->scope_left, sizeof(identity->scope_left), "%s", identity->scope);
	scope_narrow(identity->scope_left, service->config->scopes, identity->user->scope);
	identity->scope = identity->scope_left;
	return ERR_OK;
}

enum err
account_identify(struct service *service, const char *jwt, const struct requirements *requirements,
    struct identity *identity)
{
	struct token *token = &identity->token;
	enum err err;

	*identity = (struct identity){0};
	if ((err = verify_token(service, jwt, token)) != ERR_OK)
		goto out;
	identity->subject = token->subject;
	identity->username = token->username;
	identity->client_id = token->client_id;
	identity->scope = token->scope;
	identity->expires_at = token->expires_at;

	err = ERR_TOKEN;
	if (*requirements->audience != '\0' && !token_is_for(token, requirements->audience))
		goto out;
	if (service->db != NULL && (err = compare_with_stored(service, identity)) != ERR_OK)
		goto out;
	err = ERR_TOKEN;
	/* Nobody is called nothing, and an application may take it for "not signed in". */
	if (*identity->username == '\0' || *identity->subject == '\0')
		goto out;
	err = ERR_FORBIDDEN;
	if (!scope_is_within(requirements->scope, identity->scope, NULL))
		goto out;
	return ERR_OK;
out:
	identity_clear(identity);
	return err;
}

void
identity_clear(struct identity *identity)
{
	token_clear(&identity->token);
	user_free(identity->user);
	*identity = (struct identity){0};
}

enum err
account_check_scope(const struct config *config, const char *requested)
{
	if (requested == NULL)
		return ERR_OK;
	if (!scope_is_valid(requested))
		return ERR_SCOPE;
	return scope_is_within(requested, config->scopes, config->restricted_scopes) ? ERR_OK
										    : ERR_SCOPE;
}

enum err
account_grant_scope(const struct config *config, const struct user *user, const char *requested,
    const char **scope)
{
	*scope = requested == NULL ? config->default_scope : requested;
	return scope_is_within(*scope, config->scopes, user->scope) ? ERR_OK : ERR_SCOPE;
}

enum err
account_give_token(struct service *service, const struct user *user, const char *scope,
    char **jwt)
{
	const struct token_subject subject = {
		.uid = user->id, .username = user->username, .scope = scope,
	};

	const struct keys *keys = keyring_borrow(service->keyring);
	enum err err = token_issue(service->config, keys, &subject, time(NULL), jwt);

	keyring_return(service->keyring, keys);
	return err;
}

enum err
account_find(struct service *service, const char *username, struct user **user)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	*user = NULL;
	if (err == ERR_OK)
		err = users_find(service->db, key, user);
	free(key);
	return err;
}

enum err
account_set_password(struct service *service, const struct user *user, const char *typed,
    struct faults *faults)
{
	struct password password;	/* owned, secret */
	char *stored = NULL;		/* owned, secret */
	enum err err;

	if ((err = password_prepare(typed, &password)) != ERR_OK)
		goto out;
	err = check_new_password(service->config, &password, user->username_key, faults);
	if (err != ERR_OK)
		goto out;
	if ((err = hash_new_password(service, &password, &stored)) != ERR_OK)
		goto out;
	err = users_set_password(service->db, user->id, NULL, stored);
out:
	secret_free(stored);
	password_clear(&password);
	return err;
}
