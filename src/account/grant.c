/* grant: chooses the scope that a user is given, and issues the access token that carries it. */
#include "account/grant.h"

#include <stdbool.h>
#include <stddef.h>

#include "text/scope.h"
#include "token/keyring.h"
#include "token/token.h"

/*
 * Tells whether scopes are asked for in vain. Clients of the tutorial may name some although
 * nothing depends on them; once there is one, whoever asks for another is mistaken.
 */
static bool
is_ignored(const struct config *config, const char *requested)
{
	return requested != NULL && config->dialect->ignores_unknown_scopes &&
	    *config->scopes == '\0' && *config->restricted_scopes == '\0';
}

enum err
grant_check_scope(const struct config *config, const char *requested)
{
	if (requested == NULL)
		return ERR_OK;
	if (!scope_is_valid(requested))
		return ERR_SCOPE;
	if (is_ignored(config, requested))
		return ERR_OK;
	return scope_is_within(requested, config->scopes, config->restricted_scopes) ? ERR_OK
										    : ERR_SCOPE;
}

enum err
grant_choose_scope(const struct config *config, const struct user *user, const char *requested,
    const char **scope)
{
	*scope = requested == NULL || is_ignored(config, requested) ? config->default_scope
								    : requested;
	return scope_is_within(*scope, config->scopes, user->scope) ? ERR_OK : ERR_SCOPE;
}

enum err
grant_check_key(struct context *context)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);

	keyring_return(keyring, keys);
	return keys == NULL ? ERR_SETUP : ERR_OK;
}

enum err
grant_issue_token(struct context *context, const struct user *user, const char *scope,
    char **jwt)
{
	const struct token_subject subject = {
		.uid = user->id, .username = user->username, .scope = scope,
		.expires_at = context->now + context->service->config->access_token_ttl,
	};
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);
	enum err err;

	*jwt = NULL;
	/* They may have gone while a password was hashed. */
	if (keys == NULL)
		return ERR_SETUP;
	err = token_issue(context->service->config, keys, &subject, context->now, jwt);
	keyring_return(keyring, keys);
	return err;
}
