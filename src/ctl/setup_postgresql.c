/* setup_postgresql: what bearward init does where the database is for many hosts. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "account/fellow_hosts.h"
#include "account/manage.h"
#include "ctl/ctl.h"

static bool
ask_for_password(void *unused, char **password)
{
	(void)unused;
	return ctl_read_known_password("Password of the administrator of the database: ",
	    password);
}

static struct db_admin
make_admin(const struct ctl *ctl)
{
	struct db_admin admin = {
		.database = ctl->typed[OPT_DATABASE_ADMIN], .ask = ask_for_password,
		.said = stdout, .report = stderr,
	};

	if (ctl->typed[OPT_CONNECTION_LIMIT] != NULL)
		(void)options_read_number(ctl->typed[OPT_CONNECTION_LIMIT], 1, &admin.connections);
	return admin;
}

/* Users of this file are about to be moved, and keep their numbers. */
static bool
has_sqlite(const struct config *config)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/bearward.db", config->state_dir) <
	    (int)sizeof(path) && access(path, F_OK) == 0;
}

bool
ctl_prepare_as_admin(struct ctl *ctl)
{
	struct db_admin admin = make_admin(ctl);
	bool has_keys;

	if (manage_find_keys(&ctl->context, &has_keys) != ERR_OK)
		return false;
	if (has_keys && !has_sqlite(&ctl->config))
		admin.refusal = "there are keys in the state directory, and no tables that they "
		    "belong to. If the database is lost, bring it back from a backup. Or begin "
		    "anew: move keys/, signing/ and public/ out of the state directory first, "
		    "since a token of the former user 1 would be good for the new user 1";
	if (manage_prepare_as(&ctl->config, &admin) == ERR_OK)
		return true;
	(void)ctl_fail("the database is not ready; what stands in the way is said above");
	return false;
}

enum status
ctl_print_for_admin(struct ctl *ctl)
{
	struct db_admin admin = make_admin(ctl);

	/* Only SQL goes to stdout. */
	admin.said = stderr;
	return manage_print_roles(&ctl->config, &admin, stdout) == ERR_OK ? STATUS_DONE
	    : ctl_fail("what stands in the way is said above");
}

static void
refuse_keys(const struct hosts_row *row, void *has_none)
{
	if (*row->kids == '\0' || !*(bool *)has_none)
		return;
	*(bool *)has_none = false;
	(void)ctl_fail("there is no key here, and host %s, which uses the same database, has %s: "
	    "each would refuse the tokens of the other. Copy keys/, signing/ and public/ from its "
	    "state directory into this one, with their owner and modes, and run this again. Or, "
	    "where no host with these keys is left, make one: bearward key new", row->name,
	    row->kids);
}

bool
ctl_has_no_foreign_keys(struct ctl *ctl)
{
	bool has_none = true;

	if (*ctl->config.database == '\0')
		return true;
	if (fellow_hosts_list(&ctl->context, refuse_keys, &has_none) == ERR_OK)
		return has_none;
	(void)ctl_fail("the hosts of the database cannot be listed; the line above says why");
	return false;
}

void
ctl_tell_of_host(struct ctl *ctl)
{
	static const struct resource *const resources[] = {
		&resource_heartbeat, &resource_database_writing, NULL
	};

	if (*ctl->config.database == '\0')
		return;
	/* As a process that ends at once: what has to be told is told when it is closed. */
	ctl->service.is_brief = true;
	(void)ctl_open(ctl, resources);
	ctl_close(ctl);
	ctl->service.is_brief = false;
}
