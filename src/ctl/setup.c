/* setup: bearward init, bearward check-config. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/manage.h"
#include "account/metadata.h"
#include "base/escape.h"
#include "base/owner.h"
#include "config/plain_http.h"
#include "ctl/key_tell.h"
#include "ctl/known_keys.h"
#include "hash/hasher.h"

static bool
make_state_dir(const char *state_dir, bool *is_new)
{
	*is_new = mkdir(state_dir, 0700) == 0;
	if (*is_new || errno == EEXIST)
		return ctl_state_is_ours(state_dir);
	(void)ctl_fail("cannot make %s: %s; make it first: install -d -m 700 -o USER %s",
	    state_dir, strerror(errno), state_dir);
	return false;
}

/* Says what is so of the database, and what to do; in PostgreSQL it is not in state_dir. */
static void
fail_for_database(const struct ctl *ctl, const char *what)
{
	if (*ctl->config.database == '\0')
		(void)ctl_fail("the database in %s %s", ctl->config.state_dir, what);
	else
		(void)ctl_fail("the database of the setting `database` %s", what);
}

static bool
make_database(const struct ctl *ctl)
{
	enum err err = manage_prepare_database(&ctl->config, &ctl->columns, stderr);

	if (err == ERR_OK)
		return true;
	fail_for_database(ctl, "is not ready; what stands in the way is said above");
	return false;
}

/* Only here is all of it read: a program that answers one request has no time for that. */
static bool
check_blocklist(const struct config *config)
{
	char fault[BLOCKLIST_FAULT_SIZE];
	enum err err = manage_check_blocklist(config, fault);

	if (err == ERR_SETUP)
		(void)ctl_fail("%s", fault);
	else if (err != ERR_OK)
		(void)ctl_fail_for(err);
	return err == ERR_OK;
}

/* Makes the first key; kid is "" where there was one. */
static bool
make_key(struct ctl *ctl, enum key_alg *alg, char kid[KEY_ID_SIZE])
{
	*alg = manage_choose_alg(&ctl->context);
	if (ctl->typed[OPT_ALG] != NULL)
		(void)key_alg_find(ctl->typed[OPT_ALG], alg);
	if (manage_prepare_keys(&ctl->context, *alg, kid) == ERR_OK)
		return true;
	(void)ctl_fail("the keys in %s are not ready; the line above says why",
	    ctl->config.state_dir);
	return false;
}

/*
 * Lets one `bearward init` work at a time, until the descriptor is closed or the process ends; NFS
 * may not. Returns -1 where it could not.
 */
static int
take_turn(const char *state_dir)
{
	const int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

/* Ends the turn: files that all processes map are made under the same lock. */
static void
end_turn(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

/*
 * Keys beside no database are what is left when it is lost. A new one gives ids from 1 again: the
 * tokens of a former user would be good for whoever gets the same id.
 */
static bool
has_no_lost_database(struct ctl *ctl, bool *has_keys)
{
	const char *state_dir = ctl->config.state_dir;
	const bool is_to_be_new = ctl->typed[OPT_NEW_DATABASE] != NULL;
	bool is_there;

	if (manage_find_database(&ctl->config, &ctl->columns, stderr, &is_there) != ERR_OK)
		fail_for_database(ctl, "cannot be used; the line above says why");
	else if (manage_find_keys(&ctl->context, has_keys) != ERR_OK)
		(void)ctl_fail("the keys in %s cannot be used; the line above says why",
		    state_dir);
	else if (is_there && is_to_be_new)
		fail_for_database(ctl, *ctl->config.database == '\0' ?
		    "is there already; move it away first, or leave out --new-database" :
		    "is there already; name an empty one first, or leave out --new-database");
	else if (!is_there && *has_keys && !is_to_be_new)
		(void)ctl_fail("there are keys in %s/keys, and no database that they belong to. "
		    "If it is lost, bring a backup of it back: bearward restore FILE. Or begin "
		    "anew with --new-database, which removes these keys: a token of the former "
		    "user 1 would be good for the new user 1", state_dir);
	else
		return true;
	return false;
}

/* Removes the keys of the database that was there before. */
static bool
retire_keys(struct ctl *ctl)
{
	if (manage_remove_all_keys(&ctl->context) != ERR_OK) {
		(void)ctl_fail("keys are left; the line above says why, and no database was made");
		return false;
	}
	puts("removed the former keys: every token that they have signed is refused from now on");
	return true;
}

enum status
ctl_init(struct ctl *ctl)
{
	const char *state_dir = ctl->config.state_dir;
	char kid[KEY_ID_SIZE];
	enum key_alg alg;
	bool is_new, has_keys, has_choice;
	int turn;

	if (ctl->columns.scope_given != NULL && !ctl_check_scope(ctl, ctl->columns.scope_given))
		return STATUS_FAILED;
	if (!ctl_state_is_unserved(state_dir) || !make_state_dir(state_dir, &is_new))
		return STATUS_FAILED;
	if (ctl->typed[OPT_DATABASE_ADMIN_SQL] != NULL)
		return ctl_print_for_admin(ctl);
	turn = take_turn(state_dir);
	has_choice = ctl_may_choose_cost(ctl);
	if (ctl->typed[OPT_DATABASE_ADMIN] != NULL && !ctl_prepare_as_admin(ctl))
		return STATUS_FAILED;
	if (!has_no_lost_database(ctl, &has_keys))
		return STATUS_FAILED;
	if (ctl->typed[OPT_NEW_DATABASE] != NULL && has_keys && !retire_keys(ctl))
		return STATUS_FAILED;
	if (!make_database(ctl) || (!has_keys && !ctl_has_no_foreign_keys(ctl)) ||
	    !make_key(ctl, &alg, kid))
		return STATUS_FAILED;
	end_turn(turn);
	if (has_choice && !has_keys)
		ctl_choose_cost(ctl);
	if (!check_blocklist(&ctl->config) || !ctl_share_state(ctl))
		return STATUS_FAILED;

	printf("%s %s: the database is ready, ", is_new ? "made" : "checked", state_dir);
	if (*kid != '\0')
		printf("made signing key %s (%s).\n", kid, key_alg_name(alg));
	else
		puts("a signing key is there.");
	if (*kid == '\0' && ctl->typed[OPT_ALG] != NULL)
		printf("--alg is for the first key: change keys with `bearward key rotate --alg "
		    "%s`\n", ctl->typed[OPT_ALG]);
	ctl_tell_of_host(ctl);
	puts("Next: start the responders, or add a user: bearward user add NAME");
	return STATUS_DONE;
}

/* Says what hashing takes of the host, and why so much. */
static void
print_division(const struct config *config)
{
	struct hash_division division;
	char shown[sizeof(division.memory.reason)];

	hasher_divide(config, &division);
	printf("# hash_slots: %lld cores: %s\n", division.cores.amount,
	    escape_text(division.cores.reason, shown, sizeof(shown)));
	printf("# hash_memory: %lld MiB: %s\n", division.memory.amount >> 20,
	    escape_text(division.memory.reason, shown, sizeof(shown)));
}

void
ctl_warn_of_large_hashes(struct ctl *ctl)
{
	struct large_hashes found;

	if (manage_find_large_hashes(&ctl->context, &found) != ERR_OK || found.users == 0)
		return;
	(void)ctl_fail("%lld of the users cannot sign in: their hashes take up to %lld MiB, and "
	    "all hashing may take %lld MiB; set hash_memory = %lld", (long long)found.users,
	    (found.needed + (1 << 20) - 1) >> 20, found.allowed >> 20,
	    (found.needed + (1 << 20) - 1) >> 20);
}

/* The responder that this stops says the same; all others start. */
static void
warn_of_plain_http(const struct config *config)
{
	const char *fault = plain_http_find_fault(config);
	const char *risk = plain_http_find_risk(config);

	if (fault != NULL)
		(void)ctl_fail("the responder signin will not start: %s", fault);
	if (risk != NULL)
		(void)ctl_fail("%s", risk);
}

static void
print_metadata_fault(const struct config *config)
{
	const char *fault = metadata_find_fault(config);

	if (fault != NULL)
		printf("# %s is not found: %s\n", METADATA_PATH, fault);
}

enum status
ctl_check_config(struct ctl *ctl)
{
	static const struct resource *const resources[] = {
		&resource_database_asking, &resource_keys_signing, &resource_sharing, NULL
	};
	char fault[OWNER_FAULT_SIZE];
	struct owner owner;
	struct known_keys known;
	bool is_sound;

	config_print(&ctl->config, stdout);
	print_division(&ctl->config);
	print_metadata_fault(&ctl->config);
	/* Above any complaint, also where both go to one place. */
	fflush(stdout);
	if (!check_blocklist(&ctl->config))
		return STATUS_FAILED;
	if (owner_find(ctl->config.state_dir, &owner, fault) && owner.account != geteuid())
		return ctl_check_as_member(ctl, &owner);
	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	if (known_keys_read(ctl, &known))
		key_tell_in_use(ctl, &known);
	fflush(stdout);
	ctl_warn_of_large_hashes(ctl);
	ctl_warn_of_hosts(ctl);
	warn_of_plain_http(&ctl->config);
	is_sound = !ctl_warn_of_unpaired_keys(ctl);
	return ctl_check_notify(&ctl->config) && is_sound ? STATUS_DONE : STATUS_FAILED;
}
