/* backup: bearward backup. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/backing_up.h"
#include "base/clock.h"
#include "base/escape.h"
#include "ctl/ctl.h"
#include "ctl/progress.h"

static void
print_bytes(int64_t bytes)
{
	if (bytes < 10 * 1024 * 1024)
		printf("%" PRId64 " KiB", (bytes + 1023) / 1024);
	else
		printf("%" PRId64 " MiB", bytes >> 20);
}

static void
print_strays(int64_t strays)
{
	if (strays > 0)
		(void)ctl_fail("%" PRId64 " row%s of an application refer%s to what is not "
		    "there, in the database, too; everything else is sound", strays,
		    strays == 1 ? "" : "s", strays == 1 ? "s" : "");
}

static void
print_done(const struct ctl *ctl, const struct backed_up *done)
{
	const struct backup_facts *facts = &done->facts;
	char shown[CTL_SHOWN_SIZE];

	printf("saved %" PRId64 " user%s in %s: ", facts->users, facts->users == 1 ? "" : "s",
	    ctl_show(done->path, shown));
	print_bytes(facts->bytes);
	printf(", sha256 %s\n", facts->sha256);
	if (done->removed > 0)
		printf("removed %" PRId64 " older backup%s\n", done->removed,
		    done->removed == 1 ? "" : "s");
	if (ctl->typed[OPT_KEYS] == NULL)
		puts("The keys are not in it. If they are lost, `bearward init` makes a new one. "
		    "Settings are not in it, either.");
	else
		printf("Its %" PRId64 " file%s of keys can sign tokens: guard it as you guard "
		    "those. Settings are not in it.\n", facts->files,
		    facts->files == 1 ? "" : "s");
	print_strays(facts->strays);
}

static enum status
fail(enum err err, const struct backed_up *done)
{
	if (*done->path != '\0')
		return ctl_fail("%s is there, and whole, and older ones were not removed; the "
		    "line above says why", done->path);
	if (err == ERR_REFUSED)
		return ctl_fail("the users are in a PostgreSQL, which has means of its own: see "
		    "\"Backup\" in \"Many hosts\" of INSTALL. Save keys/ and signing/ of one "
		    "host, too");
	if (err == ERR_SETUP || err == ERR_STORAGE)
		return ctl_fail("there is no backup; the line above says why");
	return ctl_fail_for(err);
}

/* Finds how many to leave; 0: all. Returns false, said, where that makes no sense. */
static bool
find_kept(const struct ctl *ctl, int64_t *kept)
{
	*kept = 0;
	return ctl->typed[OPT_KEEP] == NULL || options_read_number(ctl->typed[OPT_KEEP], 1, kept);
}

enum status
ctl_backup(struct ctl *ctl)
{
	struct progress progress;
	struct backing_up asked = {
		.to = ctl->args[0], .has_keys = ctl->typed[OPT_KEYS] != NULL,
		.watch = { progress_tell, &progress, stderr },
	};
	struct backed_up done;
	enum err err;

	if (!find_kept(ctl, &asked.kept))
		return STATUS_USAGE;
	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	/* A file that may not grow any more is an error like a full disk. */
	(void)signal(SIGXFSZ, SIG_IGN);
	progress_start(&progress);
	err = backing_up_run(&ctl->context, &asked, &done);
	progress_end(&progress);
	if (err != ERR_OK)
		return fail(err, &done);
	print_done(ctl, &done);
	return STATUS_DONE;
}
