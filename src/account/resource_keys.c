/* resource_keys: the keys of a service, and the tokens that were verified with them lately. */
#include <stddef.h>

#include "account/service.h"
#include "text/scope.h"
#include "token/cache.h"
#include "token/keyring.h"

static enum err
open_signing(struct service *service)
{
	return keyring_open(service->config, KEYRING_SIGNS, &service->keyring);
}

static enum err
open_checking(struct service *service)
{
	enum err err = keyring_open(service->config, KEYRING_CHECKS, &service->keyring);

	/* Without memory for it, each token is verified anew. */
	if (err == ERR_OK)
		service->tokens = token_cache_new();
	return err;
}

static enum err
open_public(struct service *service)
{
	return keyring_open(service->config, KEYRING_PUBLISHES, &service->published);
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
close_public(struct service *service)
{
	keyring_close(service->published);
	service->published = NULL;
}

static void
allow(const struct config *config, enum keyring_use use, struct sandbox_plan *plan)
{
	const char *directory;

	for (size_t i = 0; (directory = keyring_directory(use, i)) != NULL; i++)
		sandbox_allow(plan, SANDBOX_READ_BELOW, config->state_dir, directory);
}

static void
allow_signing(const struct config *config, struct sandbox_plan *plan)
{
	allow(config, KEYRING_SIGNS, plan);
}

static void
allow_checking(const struct config *config, struct sandbox_plan *plan)
{
	allow(config, KEYRING_CHECKS, plan);
}

static void
allow_public(const struct config *config, struct sandbox_plan *plan)
{
	allow(config, KEYRING_PUBLISHES, plan);
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

const struct resource resource_keys = { NULL, open_checking, close_keys, allow_checking };
const struct resource resource_keys_if_bearer = {
	is_for_bearers, open_checking, close_keys, allow_checking
};
const struct resource resource_keys_if_metrics = {
	is_for_metrics, open_checking, close_keys, allow_checking
};
const struct resource resource_keys_signing = { NULL, open_signing, close_keys, allow_signing };
const struct resource resource_keys_public = { NULL, open_public, close_public, allow_public };
