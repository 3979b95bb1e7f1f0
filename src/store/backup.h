/*
 * backup: a copy of all of a database of SQLite in one file, made while others use it.
 *
 * The copy is a database itself, so that any program that reads SQLite can get users out of it,
 * with three tables more, and marked so that no program takes it for one that is in use:
 *
 *	bearward_backup		format, made_at (seconds since 1970), program (its version),
 *				has_keys, sha256 (of all of it: see sqlite/contents.h)
 *	bearward_backup_rows	how many rows each table had, in the snapshot that was copied
 *	bearward_backup_files	path, mode and content of files beside the database: keys
 *
 * It is a snapshot: everything that was committed when the copy began, and nothing of later. With
 * a write-ahead log nobody waits for it. With `journal_mode = delete`, whoever changes something
 * waits while it is copied, as for another writer, and whoever reads does not.
 *
 * What every function may return: ERR_SETUP, when the database is none that can be used, or the
 * copy is not what it should be; ERR_STORAGE, when a disk or a lock was not to be had; both are
 * said in the report; or ERR_MEMORY.
 */
#ifndef BEARWARD_STORE_BACKUP_H
#define BEARWARD_STORE_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"
#include "config/config.h"

enum { BACKUP_FORMAT = 1, BACKUP_SHA256_SIZE = 2 * 32 + 1 };

struct backup;

/* Is told how far it is, in bytes; all is 0 where that is not known. doing is static. */
typedef void backup_tell(const char *doing, int64_t done, int64_t all, void *arg);

struct backup_watch {
	backup_tell *tell;
	void *arg;
	FILE *report;		/* borrowed; what stands in the way */
};

/* What is in a copy. */
struct backup_facts {
	int64_t made_at;		/* when the copy began; seconds since 1970 */
	int64_t users;
	int64_t files;			/* keys */
	int64_t strays;			/* rows that refer to rows that are not there, in the
					 * database, too, where another program uses it */
	int64_t bytes;
	char sha256[BACKUP_SHA256_SIZE];
};

/*
 * Copies the database of the settings into the file at path, which is there, empty and ours alone;
 * path is borrowed. *backup is owned: backup_close().
 */
ERR_CHECKED enum err backup_copy(const struct config *config, const char *path,
    const struct backup_watch *watch, struct backup **backup);

/* Adds a file: a path below the state directory, and its content. */
ERR_CHECKED enum err backup_add_file(struct backup *backup, const char *path, mode_t mode,
    const void *content, size_t len);

/*
 * Writes what belongs to the copy, closes it, opens it anew, and checks all of it: its pages and
 * indexes, the number of rows of each table, and the digest. It is not synced yet.
 */
ERR_CHECKED enum err backup_seal(struct backup *backup, struct backup_facts *facts);

/* Accepts NULL. */
void backup_close(struct backup *backup);

/* Tells, by its first bytes, whether an open file is a copy that was made here. */
bool backup_is_one(int fd);

#endif
