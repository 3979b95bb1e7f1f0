/* resource_sharing: nothing to hold open, but files that another account may not make. */
#include <stddef.h>
#include <unistd.h>

#include "account/service.h"
#include "account/sharing.h"

static enum err
make_files(struct service *service)
{
	char fault[OWNER_FAULT_SIZE];
	struct owner owner;

	if (!owner_find(service->config->state_dir, &owner, fault) || !owner.is_shared ||
	    owner.account != geteuid())
		return ERR_OK;
	return sharing_make_files(service->config);
}

static void
close_nothing(struct service *service)
{
	(void)service;
}

const struct resource resource_sharing = { NULL, make_files, close_nothing, NULL };
