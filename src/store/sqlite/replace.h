/*
 * replace: puts another file in the place of a database that nobody uses, so that at every moment
 * one of the two is there, and whole. For the files of `sqlite` alone.
 *
 * What is there is kept beside, as bearward.db.before-restore-MOMENT, in UTC.
 */
#ifndef BEARWARD_STORE_SQLITE_REPLACE_H
#define BEARWARD_STORE_SQLITE_REPLACE_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"

struct replace {
	const struct config *config;	/* borrowed */
	FILE *report;			/* borrowed */
	char *path;			/* owned; of the database */
	sqlite3 *old;			/* owned; locked for us alone; NULL: it cannot be read */
	bool is_there;
	int64_t users;			/* -1: not known */
	int64_t highest;		/* id that was ever given; 0: not known */
};

/*
 * Locks the database that is there against every program, also of another version or origin, and
 * looks into it. replace_end() must follow in any case. Returns ERR_CONFLICT when one uses it, or
 * ERR_MEMORY. One that is damaged is not refused.
 */
ERR_CHECKED enum err replace_begin(const struct config *config, FILE *report,
    struct replace *replace);

/*
 * Puts the file at path, which is on the disk and in the same file system, in its place, and takes
 * its log away. kept receives the path of what was there; "" where nothing was. Returns
 * ERR_STORAGE, said in the report.
 */
ERR_CHECKED enum err replace_put(struct replace *replace, const char *path, char kept[PATH_MAX]);

/* Gives the lock up. */
void replace_end(struct replace *replace);

#endif
