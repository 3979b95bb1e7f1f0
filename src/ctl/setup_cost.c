/* setup_cost: what hashes cost in a new installation. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/owner.h"
#include "config/host_cost.h"
#include "ctl/ctl.h"
#include "hash/first_cost.h"

static bool
has_file(const struct ctl *ctl, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", ctl->config.state_dir, name);
	return access(path, F_OK) == 0;
}

bool
ctl_may_choose_cost(const struct ctl *ctl)
{
	return ctl->config.cost_from == COST_FROM_DEFAULT && !has_file(ctl, "bearward.db") &&
	    !has_file(ctl, HOST_COST_NAME);
}

/* A host that shares its state directory has processes of another account, which hash as well. */
static mode_t
mode_of_file(const struct ctl *ctl)
{
	char fault[OWNER_FAULT_SIZE];
	struct owner owner;

	return owner_find(ctl->config.state_dir, &owner, fault) && owner.is_shared ? 0640 : 0600;
}

static void
write_cost(struct ctl *ctl, const struct hash_first_cost *found)
{
	const long strength = cost_strength(&found->cost);
	char comment[256];

	snprintf(comment, sizeof(comment), "`bearward init` measured %.0f ms for a login that "
	    "comes alone. Lines in the settings file count instead.", found->alone_ms);
	if (host_cost_write(&ctl->config, &found->cost, comment, mode_of_file(ctl)) != ERR_OK) {
		(void)ctl_fail("%s/%s cannot be written: %s; hashes have the default cost",
		    ctl->config.state_dir, HOST_COST_NAME, strerror(errno));
		return;
	}
	printf("hashes cost %ld.%02ld times what OWASP recommends (scrypt %ld %ld %ld): a login "
	    "takes %.0f ms\non this host. It is in %s/%s; settings count instead.\n",
	    strength / 100, strength % 100, found->cost.log2_n, found->cost.r, found->cost.p,
	    found->alone_ms, ctl->config.state_dir, HOST_COST_NAME);
}

void
ctl_choose_cost(struct ctl *ctl)
{
	struct hash_first_cost found;

	if (*ctl->config.database != '\0')
		puts("hashes have the default cost. To have dearer ones, put the lines of "
		    "`bearward calibrate`\ninto the settings of every host of the database.");
	else if (hash_first_cost_find(&ctl->config, &found) != ERR_OK)
		(void)ctl_fail("hashes have the default cost, since none could be measured");
	else if (found.is_busy)
		puts("hashes have the default cost, since the host is busy. See what it can bear "
		    "when it is\nidle: bearward calibrate");
	else if (found.is_default)
		printf("hashes have the default cost: a login takes %.0f ms on this host.\n",
		    found.alone_ms);
	else
		write_cost(ctl, &found);
}
