/* grant_terms: scope and end of a grant. A process that issues no tokens links this alone. */
#include "account/grant.h"

#include <stdio.h>

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
grant_narrow_scope(const struct config *config, const struct user *user,
    const struct grant *grant, const char *requested, char scope[SCOPE_LEN_MAX + 1])
{
	if (requested != NULL && !scope_is_valid(requested))
		return ERR_SCOPE;
	snprintf(scope, SCOPE_LEN_MAX + 1, "%s", grant->scope);
	scope_narrow(scope, config->scopes, user->scope);
	if (requested == NULL || is_ignored(config, requested))
		return ERR_OK;
	if (!scope_is_within(requested, scope, NULL))
		return ERR_SCOPE;
	snprintf(scope, SCOPE_LEN_MAX + 1, "%s", requested);
	return ERR_OK;
}

int64_t
grant_ends_at(const struct config *config, const struct grant *grant)
{
	const int64_t idle_end = grant->rotated_at + config->refresh_token_idle;

	return grant->is_refreshable && idle_end < grant->expires_at ? idle_end
								     : grant->expires_at;
}

bool
grant_is_alive(const struct context *context, const struct grant *grant, const struct user *user)
{
	return grant->is_refreshable && grant->revoked_at == 0 && user->is_active &&
	    grant_ends_at(context->service->config, grant) > context->now;
}
