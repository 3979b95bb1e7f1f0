/* state: checks the state directory, and opens what is in it. */
#include "ctl/ctl.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/docroot.h"
#include "base/escape.h"
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

/* Says why root cannot take the account of state_dir, and returns false. */
static bool
refuse_root(const char *state_dir, int reason)
{
	if (reason == ENOENT)
		(void)ctl_fail("%s does not exist; make it first, for the account that is to run "
		    "the responders: install -d -m 700 -o USER -g USER %s", state_dir, state_dir);
	else if (reason != 0)
		(void)ctl_fail("%s cannot be reached: %s", state_dir, strerror(reason));
	else
		(void)ctl_fail("%s belongs to root, and responders do not run as root; give it to "
		    "the account that is to run them: chown -R USER: %s", state_dir, state_dir);
	return false;
}

bool
ctl_find_group(const struct ctl *ctl, gid_t *group)
{
	const char *name = ctl->typed[OPT_GROUP];
	const struct group *entry;
	char shown[256];
	int64_t number;

	*group = ACCOUNT_NO_GROUP;
	if (name == NULL)
		return true;
	if ((entry = getgrnam(name)) != NULL)
		*group = entry->gr_gid;
	else if (options_read_number(name, 0, &number) && number < ACCOUNT_NO_GROUP)
		*group = (gid_t)number;
	else
		(void)ctl_fail("there is no group \"%s\"; make it first, with groupadd",
		    escape_text(name, shown, sizeof(shown)));
	return *group != ACCOUNT_NO_GROUP;
}

/* Returns whether the process has become the owner, as whom it can give files to the group. */
static bool
become(const struct ctl *ctl, const struct stat *st)
{
	gid_t group;

	if (!ctl_find_group(ctl, &group))
		return false;
	if (group == ACCOUNT_NO_GROUP && owner_of(st).is_shared)
		group = st->st_gid;
	if (account_become(st->st_uid, group))
		return true;
	(void)ctl_fail("cannot change to the account that %s belongs to: %s",
	    ctl->config.state_dir, strerror(errno));
	return false;
}

bool
ctl_become_owner(struct ctl *ctl)
{
	struct stat st;
	int reason;

	if (!account_is_root())
		return true;
	reason = stat(ctl->config.state_dir, &st) == 0 ? 0 : errno;
	if ((reason == ENOENT || (reason == 0 && st.st_uid == 0)) && ctl->config.allow_root)
		return true;
	if (reason != 0 || st.st_uid == 0)
		return refuse_root(ctl->config.state_dir, reason);
	if (!become(ctl, &st))
		return false;
	/* What root can read, that account may not. */
	config_clear(&ctl->config);
	if (config_load(ctl->typed[OPT_CONFIG], &ctl->config, stderr) == ERR_OK)
		return true;
	(void)ctl_fail("the account that the state directory belongs to cannot use the settings, "
		       "see above; nothing was done");
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

const struct resource *const ctl_reading[] = { &resource_database_asking, NULL };
const struct resource *const ctl_writing[] = { &resource_database_writing, NULL };
const struct resource *const ctl_hashing[] = {
	&resource_database_writing, &resource_hashing, &resource_counters, NULL
};

bool
ctl_open(struct ctl *ctl, const struct resource *const *resources)
{
	return ctl_state_is_ours(ctl->config.state_dir) && ctl_open_shared(ctl, resources);
}

bool
ctl_open_shared(struct ctl *ctl, const struct resource *const *resources)
{
	enum err err;

	if (!ctl_state_is_unserved(ctl->config.state_dir))
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
