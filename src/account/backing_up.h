/*
 * backing_up: makes a backup of what the service has stored, in a file that is whole or is not
 * there. store/backup.h says what is in it.
 */
#ifndef BEARWARD_ACCOUNT_BACKING_UP_H
#define BEARWARD_ACCOUNT_BACKING_UP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "store/backup.h"

struct backing_up {
	const char *to;			/* borrowed; a file or a directory */
	bool has_keys;			/* the files of keys are to be in it */
	int64_t kept;			/* in a directory, leave so many backups; 0: all */
	struct backup_watch watch;
};

struct backed_up {
	char path[PATH_MAX];		/* of the file */
	struct backup_facts facts;
	int64_t removed;		/* older ones */
};

/*
 * Makes a backup, checks it, and tells the log and the audit. Older ones are removed only then.
 * Needs no open resource. Returns ERR_REFUSED where the database is none of SQLite; else what
 * backup_copy() and backup_place_open() return.
 */
ERR_CHECKED enum err backing_up_run(struct context *context, const struct backing_up *asked,
    struct backed_up *done);

#endif
