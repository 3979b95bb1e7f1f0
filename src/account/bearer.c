/* bearer: finds out whom a bearer token speaks for. */
#include "account/bearer.h"

#include <stdio.h>

#include "account/find.h"
#include "base/log.h"
#include "store/grants.h"
#include "token/cache.h"
#include "token/keyring.h"

_Static_assert((int)TOKEN_ID_LEN == (int)GRANTS_ID_LEN, "ids of grants differ");

/*
 * A tutorial token has only a name, and does not say when it was made. That was before the users
 * were taken over or imported: whoever has the name since then never had such a token.
 */
static enum err
find_owner_by_name(struct context *context, const char *username, struct grants_bearer *owner)
{
	enum err err = find_user(context, username, &owner->user);

	owner->is_alive = true;
	if (err != ERR_OK || owner->user == NULL || owner->user->is_imported)
		return err;
	log_event(LEVEL_DEBUG, "token refused",
	    LOG_TEXT("reason", "of the tutorial, and its user was not imported"));
	user_free(owner->user);
	owner->user = NULL;
	return ERR_OK;
}

/*
 * Our own tokens go by the id and by their grant: a database that is restored from a backup gives
 * an id again, and knows nothing of what was given since.
 */
static enum err
find_owner(struct context *context, const struct token *token, struct grants_bearer *owner)
{
	const struct config *config = context->service->config;
	const struct grants_claim claim = {
		.uid = token->uid, .gid = token->has_gid ? token->gid : NULL, .jti = token->jti,
		.issued_at = token->issued_at,
	};
	const struct grants_spans spans = {
		.idle = config->refresh_token_idle, .token = config->access_token_ttl,
	};

	*owner = (struct grants_bearer){0};
	if (token->uid == 0)
		return find_owner_by_name(context, token->subject, owner);
	return grants_find_bearer(context->service->db, &claim, context->now, &spans, owner);
}

/* owner->user is owned, whatever the answer. */
static enum err
find_active_owner(struct context *context, const struct token *token, struct grants_bearer *owner)
{
	enum err err = find_owner(context, token, owner);

	if (err != ERR_OK)
		return err;
	if (owner->user == NULL)
		return ERR_TOKEN;
	if (!owner->user->is_active)
		return ERR_INACTIVE;
	if (owner->is_alive)
		return ERR_OK;
	log_event(LEVEL_DEBUG, "token refused", LOG_TEXT("reason", "its grant is not alive"));
	return ERR_TOKEN;
}

/* A token that was verified lately with the same keys need not be verified again. */
static enum err
verify_with(struct context *context, const struct keys *keys, const char *jwt,
    struct token *token)
{
	const struct service *service = context->service;
	const uint64_t version = keys_version(keys, context->now);
	enum err err;

	if (token_cache_find(service->tokens, version, jwt, context->now, token))
		return ERR_OK;
	err = token_verify(service->config, keys, jwt, context->now, token);
	if (err == ERR_OK)
		token_cache_put(service->tokens, version, jwt, token);
	return err;
}

/* What is not good with the keys of a moment ago may be with those of now. */
static enum err
verify_anew(struct context *context, const struct keys *recent, enum err err, const char *jwt,
    struct token *token)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);

	if (keys == NULL)
		return ERR_SETUP;
	if (keys != recent)
		err = verify_with(context, keys, jwt, token);
	keyring_return(keyring, keys);
	return err;
}

static enum err
verify_token(struct context *context, const char *jwt, struct token *token)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *recent = keyring_borrow_recent(keyring);
	enum err err;

	if (recent == NULL)
		return ERR_SETUP;
	err = verify_with(context, recent, jwt, token);
	if (err != ERR_OK)
		err = verify_anew(context, recent, err, jwt, token);
	keyring_return(keyring, recent);
	return err;
}

enum err
bearer_find_user(struct context *context, const char *jwt, const char *scope_needed,
    struct user **result)
{
	struct token token = {0};
	struct grants_bearer owner = {0};	/* its user is owned */
	enum err err;

	*result = NULL;
	context->scope_needed = scope_needed;
	if ((err = verify_token(context, jwt, &token)) != ERR_OK)
		goto out;
	if ((err = find_active_owner(context, &token, &owner)) != ERR_OK)
		goto out;
	err = ERR_FORBIDDEN;
	/* In the token, and not withdrawn from the user since. */
	if (*scope_needed != '\0' && !scope_has(token.scope, scope_needed))
		goto out;
	if (!scope_is_within(scope_needed, context->service->config->scopes,
	    owner.user->scope))
		goto out;
	*result = owner.user;
	owner.user = NULL;
	err = ERR_OK;
out:
	token_clear(&token);
	user_free(owner.user);
	return err;
}

/* What the token says, as far as what is stored now still bears it out. */
static enum err
compare_with_stored(struct context *context, struct identity *identity)
{
	struct grants_bearer owner;
	enum err err = find_active_owner(context, &identity->token, &owner);

	identity_take_user(identity, owner.user);
	if (err != ERR_OK)
		return err;
	identity->auth_at = owner.auth_at;
	snprintf(identity->scope_left, sizeof(identity->scope_left), "%s", identity->scope);
	scope_narrow(identity->scope_left, context->service->config->scopes,
	    identity->user->scope);
	identity->scope = identity->scope_left;
	return ERR_OK;
}

static void
take_token(struct identity *identity)
{
	const struct token *token = &identity->token;

	identity->subject = token->subject;
	identity->username = token->username;
	identity->client_id = token->client_id;
	identity->scope = token->scope;
	identity->groups = identity->email = "";
	identity->expires_at = token->expires_at;
	if (token->has_gid)
		(void)text_encode_base64(BASE64_URL, token->gid, sizeof(token->gid),
		    identity->session);
}

enum err
bearer_identify(struct context *context, const char *jwt, const struct requirements *requirements,
    struct identity *identity)
{
	struct token *token = &identity->token;
	enum err err;

	*identity = (struct identity){0};
	context->scope_needed = requirements->scope;
	if ((err = verify_token(context, jwt, token)) != ERR_OK)
		goto out;
	take_token(identity);

	err = ERR_TOKEN;
	if (*requirements->audience != '\0' && !token_is_for(token, requirements->audience))
		goto out;
	/* A tutorial token is for those who were taken over; only the database knows them. */
	if (context->service->db == NULL && token->uid == 0)
		goto out;
	if (context->service->db != NULL &&
	    (err = compare_with_stored(context, identity)) != ERR_OK)
		goto out;
	err = ERR_TOKEN;
	/* Nobody is called nothing, and an application may take it for "not signed in". */
	if (*identity->username == '\0' || *identity->subject == '\0')
		goto out;
	if ((err = identity_check(context, identity, requirements)) != ERR_OK)
		goto out;
	return ERR_OK;
out:
	identity_clear(identity);
	return err;
}
