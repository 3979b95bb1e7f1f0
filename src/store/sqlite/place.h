/*
 * place: which files stand under the names of a database and of the log that belongs to it. For
 * the files of `sqlite` alone.
 *
 * SQLite goes on with files that have been removed or replaced: what it writes to them is lost,
 * and with another -shm two processes do not see one another.
 */
#ifndef BEARWARD_STORE_SQLITE_PLACE_H
#define BEARWARD_STORE_SQLITE_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

enum place_file { PLACE_DATABASE, PLACE_WAL, PLACE_SHM, PLACE_FILES };

struct place {
	struct {
		dev_t device;
		ino_t inode;		/* 0: there is no file */
	} files[PLACE_FILES];
};

/* Looks which files are there. */
void place_look(const char *path, struct place *place);

/* Returns whether the database, and whether both files of its log, are there and the same. */
bool place_has_same_database(const struct place *a, const struct place *b);
bool place_has_same_log(const struct place *a, const struct place *b);

#endif
