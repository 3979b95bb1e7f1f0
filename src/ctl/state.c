/* state: the state directory must be private and the caller's own. */
#include "ctl.h"

#include "private.h"

bool
ctl_state_is_ours(const char *state_dir)
{
	char fault[PRIVATE_FAULT_SIZE];

	if (private_check(state_dir, fault))
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
	if ((err = service_open(&ctl->config, needs, service)) == ERR_OK)
		return true;
	(void)ctl_fail_for(err);
	return false;
}
