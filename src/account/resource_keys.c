/* resource_keys: the keys of a service, and the tokens that were verified with them lately. */
#include <stddef.h>

#include "account/service.h"
#include "text/scope.h"
#include "token/cache.h"
#include "token/keyring.h"

static enum err
open_keys(struct service *service)
{
	enum err err = keyring_open(service->config->state_dir, &service->keyring);

	/* Without memory for it, each token is verified anew. */
	if (err == ERR_OK)
		service->tokens = token_cache_new();
	return err;
}

static void
close_keys(struct service *service)
{
	token_cache_free(service->tokens);
	keyring_close(service->keyring);
	service->tokens = NULL;
	service->keyring = NULL;
}

static void
allow_keys(const struct config *config, struct sandbox_plan *plan)
{
	sandbox_allow(plan, SANDBOX_READ_BELOW, config->state_dir, "keys");
}

static bool
is_for_bearers(const struct config *config)
{
	return config->registration == REGISTRATION_BEARER;
}

/* Without the scope in the settings no token has it, and this process need have no secret. */
static bool
is_for_metrics(const struct config *config)
{
	return config->metrics && scope_has(config->restricted_scopes, SCOPE_METRICS);
}

const struct resource resource_keys = { NULL, open_keys, close_keys, allow_keys };
const struct resource resource_keys_if_bearer = {
	is_for_bearers, open_keys, close_keys, allow_keys
};
const struct resource resource_keys_if_metrics = {
	is_for_metrics, open_keys, close_keys, allow_keys
};
