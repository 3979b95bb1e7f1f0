/*
 * backup_place: where a backup goes: a file, or a directory in which each has a name of its own.
 *
 * Until it is whole and on the disk, it is a file of another name beside, ".NAME.unfinished",
 * which is locked. What a process has left that was killed is not, and the next one removes it.
 *
 * What every function may return: ERR_SETUP or ERR_STORAGE, said in the report, or ERR_MEMORY.
 */
#ifndef BEARWARD_STORE_BACKUP_PLACE_H
#define BEARWARD_STORE_BACKUP_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct backup_place {
	FILE *report;			/* borrowed */
	char *path;			/* owned; of the directory, absolute, without links */
	int directory;			/* owned */
	bool is_directory;		/* it was named, and the name of the file is made */
	char name[NAME_MAX + 1];	/* of the file */
	char *unfinished;		/* owned; path of the file as long as it is made */
	int fd;				/* owned; of that, locked; -1: there is none */
};

/*
 * Finds the place that a person has named, removes what was left there unfinished, and makes an
 * empty file with mode 0600. now is in seconds since 1970. What is there under the name of a file
 * is replaced at the end, if it is a backup, and refused otherwise. backup_place_close() must
 * follow in any case.
 */
ERR_CHECKED enum err backup_place_open(const char *to, int64_t now, FILE *report,
    struct backup_place *place);

/* Has the file on the disk, and gives it its name, durably. */
ERR_CHECKED enum err backup_place_finish(struct backup_place *place);

/* Reports what is amiss with a file of the directory, and returns ERR_STORAGE. */
ERR_CHECKED enum err backup_place_fail(const struct backup_place *place, const char *name,
    const char *reason);

/* Visits the names of what is in the directory. Returns false, with errno, on failure. */
bool backup_place_visit(const struct backup_place *place,
    void (*take)(const struct backup_place *place, const char *name, void *arg), void *arg);

/* Removes the file that is unfinished, if there is one. */
void backup_place_close(struct backup_place *place);

#endif
