/* restore: bearward restore. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/restoring.h"
#include "base/escape.h"
#include "ctl/ctl.h"
#include "ctl/progress.h"

enum status
ctl_restore_open(struct ctl *ctl)
{
	const char *path = ctl->args[0];
	char log[PATH_MAX];
	struct stat st;

	ctl->restore = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ctl->restore < 0)
		return ctl_fail("%s: %s", path, strerror(errno));
	if (fstat(ctl->restore, &st) != 0 || !S_ISREG(st.st_mode))
		return ctl_fail("%s is not a file; name one that `bearward backup` has made",
		    path);
	/* Another account may see nothing of a directory of root's. */
	if (restore_find_log(path, log))
		return ctl_fail("%s: it belongs to %s, and has changes that are not in that file: "
		    "this is no backup, but a part of a database; nothing was brought back", log,
		    path);
	return STATUS_DONE;
}

static enum status
fail(const struct ctl *ctl, enum err err)
{
	if (err == ERR_REFUSED)
		return ctl_fail("the users are in a PostgreSQL, which has means of its own: see "
		    "\"Backup\" in \"Many hosts\" of INSTALL");
	if (err == ERR_CONFLICT)
		return ctl_fail("the database in %s is in use; nothing was changed. Stop the "
		    "responders first: systemctl stop bearward, or /etc/init.d/bearward stop, or "
		    "the web server where that starts them, and every other program that uses "
		    "it", ctl->config.state_dir);
	if (err == ERR_SETUP || err == ERR_STORAGE)
		return ctl_fail("nothing was brought back; the line above says why");
	return ctl_fail_for(err);
}

static void
print_count(int64_t count, const char *what)
{
	printf("%" PRId64 " %s%s", count, what, count == 1 ? "" : "s");
}

static void
print_backup(const struct ctl *ctl, const struct restore_facts *facts)
{
	char shown[CTL_SHOWN_SIZE], moment[CTL_TIME_SIZE];

	printf("%s: ", ctl_show(ctl->args[0], shown));
	print_count(facts->backup.users, "user");
	if (facts->is_sealed)
		printf(", saved %s, sha256 %s\n",
		    ctl_show_time(facts->backup.made_at, moment), facts->backup.sha256);
	else
		puts(".\nIt was not made by `bearward backup`: it is sound, and nothing tells "
		    "whether anything is missing.");
	if (facts->is_older)
		puts("It is of an older version, and is brought up to date.");
}

static void
print_keys(const struct restoring *restoring)
{
	const int64_t files = restoring->facts.backup.files;

	if (restoring->brings_keys)
		printf("Its keys come back, too (%" PRId64 " file%s).\n", files,
		    files == 1 ? "" : "s");
	else if (files > 0)
		puts("The keys of this host stay, and those of the backup are left in it.");
	else if (restoring->present_keys > 0)
		puts("There are no keys in it; those of this host stay.");
	else
		puts("There are no keys in it, nor on this host: `bearward init` makes a new one "
		    "afterwards.");
}

static void
print_plan(const struct ctl *ctl, const struct restoring *restoring)
{
	const struct restore_facts *facts = &restoring->facts;

	print_backup(ctl, facts);
	if (!facts->has_database)
		printf("There is no database in %s.\n", ctl->config.state_dir);
	else {
		printf("It takes the place of the database in %s", ctl->config.state_dir);
		if (facts->users >= 0) {
			fputs(", which has ", stdout);
			print_count(facts->users, "user");
		}
		puts(facts->users >= 0 ? " and is kept beside." :
		    ", which cannot be read and is kept beside.");
	}
	print_keys(restoring);
	puts(ctl->typed[OPT_KEEP_SESSIONS] == NULL
	    ? "All sign-ins and links of it end."
	    : "Sign-ins and links of it stay good, also what was ended since.");
	puts("Passwords, groups and who is disabled are as they were then, and who was deleted "
	     "since is back.");
	fflush(stdout);
}

static void
print_done(const struct ctl *ctl, const struct restoring *restoring)
{
	const struct restore_ended *ended = &restoring->ended;
	char shown[CTL_SHOWN_SIZE];

	fputs("brought back ", stdout);
	print_count(restoring->facts.backup.users, "user");
	if (ctl->typed[OPT_KEEP_SESSIONS] == NULL) {
		fputs("; ended ", stdout);
		print_count(ended->grants, "grant");
		fputs(", ", stdout);
		print_count(ended->sessions, "browser");
		fputs(" and ", stdout);
		print_count(ended->tickets, "link");
	}
	putchar('\n');
	if (*restoring->kept != '\0')
		printf("The database that was there is %s. It has hashes of passwords: delete it "
		    "when you are sure.\n", ctl_show(restoring->kept, shown));
	puts(restoring->present_keys > 0 || restoring->brings_keys
	    ? "Next: bearward check-config, and start the responders."
	    : "Next: bearward init, which makes a key, and start the responders.");
}

static enum status
look_and_run(struct ctl *ctl, struct restoring *restoring)
{
	enum err err;

	print_plan(ctl, restoring);
	if (!ctl_confirm(ctl, "Bring it back?"))
		return STATUS_FAILED;
	err = restoring_run(restoring, ctl->typed[OPT_KEEP_SESSIONS] != NULL);
	return err == ERR_OK ? STATUS_DONE : fail(ctl, err);
}

/* The directory of a host that was lost is made, as `bearward init` does. */
static bool
has_state_dir(const struct ctl *ctl)
{
	const char *state_dir = ctl->config.state_dir;

	if (!ctl_state_is_unserved(state_dir))
		return false;
	if (mkdir(state_dir, 0700) == 0 || errno == EEXIST)
		return ctl_state_is_ours(state_dir);
	(void)ctl_fail("cannot make %s: %s; make it first: install -d -m 700 -o USER %s",
	    state_dir, strerror(errno), state_dir);
	return false;
}

enum status
ctl_restore(struct ctl *ctl)
{
	struct progress progress;
	struct backup_watch watch = { progress_tell, &progress, stderr };
	struct restoring restoring = {0};
	enum status status;
	enum err err;

	if (!has_state_dir(ctl))
		return STATUS_FAILED;
	(void)signal(SIGXFSZ, SIG_IGN);
	progress_start(&progress);
	err = restoring_open(&ctl->context, ctl->restore, ctl->args[0], &watch, &restoring);
	progress_end(&progress);
	status = err == ERR_OK ? look_and_run(ctl, &restoring) : fail(ctl, err);
	progress_end(&progress);
	restoring_close(&restoring);
	if (status != STATUS_DONE)
		return status;
	/* It opens; and what processes of other accounts need is made by whoever owns it. */
	if (!ctl_open(ctl, ctl_writing) || !ctl_share_state(ctl))
		return STATUS_FAILED;
	print_done(ctl, &restoring);
	return STATUS_DONE;
}
