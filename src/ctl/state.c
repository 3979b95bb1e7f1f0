/* state: checks the state directory, and opens what is in it. */
#include "ctl/ctl.h"

#include <stdlib.h>

#include "base/docroot.h"
#include "base/owner.h"

bool
ctl_state_is_unserved(const char *state_dir)
{
	const char *document_root = getenv("DOCUMENT_ROOT");

	if (document_root == NULL || !docroot_holds(document_root, state_dir))
		return true;
	(void)ctl_fail("%s is in %s, which the web server hands out; set state_dir to a directory "
		       "outside of it", state_dir, document_root);
	return false;
}

bool
ctl_state_is_ours(const char *state_dir)
{
	char fault[OWNER_FAULT_SIZE];

	if (!ctl_state_is_unserved(state_dir))
		return false;
	if (owner_check(state_dir, fault))
		return true;
	(void)ctl_fail("%s", fault);
	return false;
}

const struct resource *const ctl_reading[] = { &resource_database_reading, NULL };
const struct resource *const ctl_writing[] = { &resource_database_writing, NULL };
const struct resource *const ctl_hashing[] = {
	&resource_database_writing, &resource_hashing, NULL
};

bool
ctl_open(struct ctl *ctl, const struct resource *const *resources)
{
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return false;
	ctl->resources = resources;
	if ((err = service_open(&ctl->config, resources, &ctl->service)) == ERR_OK)
		return true;
	(void)ctl_fail_for(err);
	return false;
}

void
ctl_close(struct ctl *ctl)
{
	if (ctl->resources != NULL)
		service_close(&ctl->service, ctl->resources);
	ctl->resources = NULL;
}
