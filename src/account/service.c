/* service: what one process holds open, shared by all its threads. */
#include "account/service.h"

#include <stddef.h>

#include "base/docroot_memo.h"
#include "base/log.h"
#include "base/owner.h"

static enum err
check_state_dir(const struct config *config)
{
	char fault[OWNER_FAULT_SIZE];

	if (owner_check(config->state_dir, fault))
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot use the state directory", LOG_TEXT("reason", fault));
	return ERR_SETUP;
}

enum err
service_open(const struct config *config, const struct resource *const *resources,
    struct service *service)
{
	const struct resource *const *next = resources;
	enum err err = check_state_dir(config);

	*service = (struct service){ .config = config };
	if (err == ERR_OK && (service->served = docroot_memo_new(config->state_dir)) == NULL)
		err = ERR_INTERNAL;
	for (; *next != NULL && err == ERR_OK; next++)
		if ((*next)->is_needed == NULL || (*next)->is_needed(config))
			err = (*next)->open(service);
	if (err != ERR_OK)
		service_close(service, resources);
	return err;
}

void
service_close(struct service *service, const struct resource *const *resources)
{
	for (; *resources != NULL; resources++)
		(*resources)->close(service);
	docroot_memo_free(service->served);
	service->served = NULL;
}
