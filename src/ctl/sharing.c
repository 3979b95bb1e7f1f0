/* sharing: opens the state directory to a group, and tells its members what they can do. */
#include "account/sharing.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "account/manage.h"
#include "base/account.h"
#include "ctl/ctl.h"

bool
ctl_share_state(struct ctl *ctl)
{
	char fault[OWNER_FAULT_SIZE], shown[OWNER_NAME_SIZE];
	struct owner owner;
	gid_t group;

	if (!ctl_find_group(ctl, &group) || !owner_find(ctl->config.state_dir, &owner, fault))
		return false;
	if (group == ACCOUNT_NO_GROUP && !owner.is_shared)
		return true;
	if (group == ACCOUNT_NO_GROUP)
		group = owner.group;
	if (sharing_open(&ctl->config, group) != ERR_OK) {
		(void)ctl_fail("%s is not open to the group; the line above says why",
		    ctl->config.state_dir);
		return false;
	}
	printf("members of %s can use %s, except signing/\n", owner_show_group(group, shown),
	    ctl->config.state_dir);
	return true;
}

/* What a process of another account than the owner's can do, and what it cannot. */
static void
print_member(const struct owner *owner)
{
	char us[OWNER_NAME_SIZE], name[OWNER_NAME_SIZE], group[OWNER_NAME_SIZE];

	printf("# %s uses the database and the files of %s as a member of %s, and can make none\n"
	    "# it cannot open private keys, so it signs nothing with ES256, RS256 or EdDSA\n",
	    owner_show(geteuid(), us), owner_show(owner->account, name),
	    owner_show_group(owner->group, group));
}

static void
print_checked(const struct manage_key *key, void *arg)
{
	(void)arg;
	printf("# it checks with key %s, %s%s\n", key_id(key->key),
	    key_alg_name(key_alg(key->key)),
	    key_alg_is_asymmetric(key_alg(key->key)) ? "" : ", and could sign with it");
}

/* The responder that signs would refuse to, but only once it reads them. */
static bool
cannot_sign(const struct config *config)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/signing", config->state_dir);
	if (access(path, R_OK) != 0 && access(path, X_OK) != 0)
		return true;
	(void)ctl_fail("this account can open private keys; close them: chmod 700 %s", path);
	return false;
}

enum status
ctl_check_as_member(struct ctl *ctl, const struct owner *owner)
{
	static const struct resource *const resources[] = {
		&resource_database_writing, &resource_keys, &resource_attempts, &resource_seen,
		&resource_counters, NULL
	};

	if (!ctl_open_shared(ctl, resources) || !cannot_sign(&ctl->config))
		return STATUS_FAILED;
	print_member(owner);
	manage_list_keys(&ctl->context, print_checked, NULL);
	return ctl_check_notify(&ctl->config) ? STATUS_DONE : STATUS_FAILED;
}
