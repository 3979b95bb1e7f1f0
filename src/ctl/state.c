/* state: the state directory must be private, the caller's own, and out of the web's reach. */
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

bool
ctl_open(const struct ctl *ctl, unsigned needs, struct service *service)
{
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return false;
	if ((err = service_open(&ctl->config, needs, NULL, NULL, service)) == ERR_OK)
		return true;
	(void)ctl_fail_for(err);
	return false;
}
