/*
 * backup_internal: what making a copy and bringing it back have in common. For the files of
 * `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_BACKUP_INTERNAL_H
#define BEARWARD_STORE_SQLITE_BACKUP_INTERNAL_H

#include "store/backup.h"
#include "store/sqlite/connection.h"

/* What a copy has besides, word for word. */
#define BACKUP_FACTS_TABLE "CREATE TABLE bearward_backup (format INTEGER NOT NULL, " \
	"made_at INTEGER NOT NULL, program TEXT NOT NULL, has_keys INTEGER NOT NULL, " \
	"sha256 TEXT NOT NULL) STRICT"
#define BACKUP_ROWS_TABLE "CREATE TABLE bearward_backup_rows (name TEXT PRIMARY KEY NOT NULL, " \
	"rows INTEGER NOT NULL) STRICT, WITHOUT ROWID"
#define BACKUP_FILES_TABLE "CREATE TABLE bearward_backup_files (path TEXT PRIMARY KEY NOT NULL, " \
	"mode INTEGER NOT NULL, content BLOB NOT NULL) STRICT, WITHOUT ROWID"

/*
 * Notes in a file that is open to read and write whether the database in it has a write-ahead log:
 * that are two bytes at its beginning. No connection may use it, and no log may be there. Returns
 * false, with errno, where it is none.
 */
bool backup_set_log(int fd, bool has_log);

/*
 * Checks a copy that is complete, as backup_seal() does, and reads what is in it. is_sealed: it
 * was made by backup_seal(), and has numbers and a digest to be compared with.
 */
ERR_CHECKED enum err backup_check(struct connection *copy, bool is_sealed,
    const struct backup_watch *watch, struct backup_facts *facts);

#endif
