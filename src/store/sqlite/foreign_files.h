/*
 * foreign_files: the files of another program's SQLite database: opens, locks and copies them as
 * they lie. For the files of `sqlite` alone.
 *
 * The locks are SQLite's own, taken for reading, so that the files may be read-only. Like every
 * reader, they keep a program from changing the database file; and, in its -shm, from writing to
 * the log or moving it into the database. They belong to the open files and not to the process:
 * SQLite in the same process is not confused by them, nor ends them.
 */
#ifndef BEARWARD_STORE_SQLITE_FOREIGN_FILES_H
#define BEARWARD_STORE_SQLITE_FOREIGN_FILES_H

#include <stdio.h>

#include "base/err.h"

enum foreign_file { FOREIGN_DATABASE, FOREIGN_WAL, FOREIGN_JOURNAL, FOREIGN_SHM, FOREIGN_FILES };

struct foreign_files {
	char *path;			/* owned; of the database */
	int fds[FOREIGN_FILES];		/* owned; -1: there is none, or it does not count */
};

/*
 * Opens and locks the files; waits some seconds for a writer. foreign_files_close() must follow in
 * any case. Returns ERR_SETUP, with the reason in report, or ERR_MEMORY.
 */
ERR_CHECKED enum err foreign_files_open(struct foreign_files *files, const char *path,
    FILE *report);

/*
 * Copies the files into a directory, where the database is called NAME, and gives up the locks.
 * What SQLite makes of the copy is what it would make of the files. Returns as the function above.
 */
ERR_CHECKED enum err foreign_files_copy(struct foreign_files *files, int directory,
    const char *name, FILE *report);

void foreign_files_close(struct foreign_files *files);

#endif
