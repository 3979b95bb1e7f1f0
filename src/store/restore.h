/*
 * restore: brings a backup (store/backup.h) back as the database of SQLite.
 *
 * The backup is copied into a private directory in state_dir, checked there, brought up to date,
 * and made good for use: what was given to people who signed in ends, as it may have been ended
 * since, and ids of users go on where nobody can have had one. Then it takes the place of the
 * database that is there, in one rename. Cut off anywhere, one of the two is there, and whole.
 *
 * No process may have the database open meanwhile, and none can open it.
 *
 * What every function may return: ERR_SETUP or ERR_STORAGE, said in the report; or ERR_MEMORY.
 */
#ifndef BEARWARD_STORE_RESTORE_H
#define BEARWARD_STORE_RESTORE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"
#include "store/audits.h"
#include "store/backup.h"

struct restore;

/*
 * Tells whether a log lies beside the file of that name, which has changes that are not in the
 * file: then it is a part of a database. log receives its path. Whoever can open the file can ask.
 */
bool restore_find_log(const char *name, char log[PATH_MAX]);

/* What is to be brought back, and what is there. */
struct restore_facts {
	struct backup_facts backup;
	bool is_sealed;			/* by `bearward backup`; else nothing tells whether all of
					 * it is there, but what SQLite finds */
	bool is_older;			/* of an older version, and is brought up to date */
	bool has_database;		/* there is one, which is kept */
	int64_t users;			/* in that; -1: it cannot be read */
};

/*
 * Makes sure that nobody uses the database, copies the open file fd, whose name is only shown, and
 * checks it. *restore is owned: restore_close(). Returns ERR_CONFLICT when the database is in use,
 * or another restore is running.
 */
ERR_CHECKED enum err restore_open(const struct config *config, int fd, const char *name,
    const struct backup_watch *watch, struct restore **restore);

/* Returns what was found; borrowed. */
const struct restore_facts *restore_get_facts(const struct restore *restore);

/* Visits the files of keys that are in the backup. What is not ERR_OK ends that. */
typedef enum err restore_take_file(const char *path, const char *content, size_t len, void *arg);
ERR_CHECKED enum err restore_visit_files(struct restore *restore, restore_take_file *take,
    void *arg);

/* How it is made good for use. */
struct restore_terms {
	bool keeps_sessions;		/* nothing ends */
	int64_t now;			/* seconds since 1970 */
	const struct audits_row *row;	/* borrowed; tells of it */
};

/* What has ended. */
struct restore_ended {
	int64_t grants, sessions, tickets;
};

/* Makes the copy good for use. Comes after restore_visit_files(). */
ERR_CHECKED enum err restore_make_ready(struct restore *restore,
    const struct restore_terms *terms, struct restore_ended *ended);

/*
 * Puts it in the place of the database. kept receives the path under which that is kept; "" where
 * there was none.
 */
ERR_CHECKED enum err restore_put(struct restore *restore, char kept[PATH_MAX]);

/* Removes what is not needed any more. Accepts NULL. */
void restore_close(struct restore *restore);

#endif
