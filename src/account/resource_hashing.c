/* resource_hashing: the threads that hash the passwords of a service. */
#include <stddef.h>

#include "account/metrics.h"
#include "account/service.h"
#include "hash/hasher.h"

static enum err
open_hasher(struct service *service)
{
	enum err err = hasher_open(service->config, &service->hasher);

	service->hash_workers = err == ERR_OK ? hasher_workers(service->hasher) : 0;
	if (err == ERR_OK && service->config->metrics)
		hasher_watch(service->hasher, metrics_note_hash, service);
	return err;
}

static void
close_hasher(struct service *service)
{
	hasher_close(service->hasher);
	service->hasher = NULL;
}

/* And what new passwords are held against. */
static void
allow_hashing(const struct config *config, struct sandbox_plan *plan)
{
	sandbox_allow(plan, SANDBOX_MAKE, config->state_dir, "hash.slots");
	sandbox_allow(plan, SANDBOX_MAKE, config->state_dir, "hash.kinds");
	if (*config->password_blocklist != '\0')
		sandbox_allow(plan, SANDBOX_READ, config->password_blocklist, "");
}

const struct resource resource_hashing = { NULL, open_hasher, close_hasher, allow_hashing };
