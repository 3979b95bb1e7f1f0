/*
 * restoring: brings a backup back. What it does to the database says store/restore.h.
 *
 * Keys of the backup come back where the host has none, as when it was lost. Where it has keys,
 * those stay, and no other comes: one of the backup that is not there any more was removed.
 */
#ifndef BEARWARD_ACCOUNT_RESTORING_H
#define BEARWARD_ACCOUNT_RESTORING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "store/restore.h"

struct restoring {
	struct context *context;	/* borrowed */
	const char *name;		/* borrowed; of the backup */
	struct restore *restore;	/* owned */
	struct restore_facts facts;
	bool brings_keys;		/* those of the backup come back */
	int64_t present_keys;		/* files of keys that this host has */
	/* What came of it. */
	struct restore_ended ended;
	char kept[PATH_MAX];		/* path of the database that was there; "": none was */
};

/*
 * Looks into an open file, and checks it; name is shown. Changes nothing. restoring_close() must
 * follow in any case. Returns ERR_REFUSED where the database is none of SQLite, ERR_CONFLICT where
 * it is in use, or what restore_open() returns.
 */
ERR_CHECKED enum err restoring_open(struct context *context, int fd, const char *name,
    const struct backup_watch *watch, struct restoring *restoring);

/*
 * Brings it back, and tells the log and the audit. Everything that was given to users ends, unless
 * keeps_sessions. Returns what restore_put() does; the database is then the one that was there.
 */
ERR_CHECKED enum err restoring_run(struct restoring *restoring, bool keeps_sessions);

void restoring_close(struct restoring *restoring);

#endif
