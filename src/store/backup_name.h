/*
 * backup_name: the names that backups in a directory have: bearward-20260102T030405Z.backup, by
 * the moment, in UTC, at which each began, or with a number behind it: ...Z-2.backup.
 */
#ifndef BEARWARD_STORE_BACKUP_NAME_H
#define BEARWARD_STORE_BACKUP_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum { BACKUP_NAME_MOMENT_SIZE = sizeof("20260102T030405Z") };

struct backup_name {
	char moment[BACKUP_NAME_MOMENT_SIZE];
	int number;			/* 1 where there is none */
};

/* Makes the name of a moment in seconds since 1970. Returns false for one that no year has. */
bool backup_name_make(int64_t now, int number, char name[NAME_MAX + 1]);

/* Reads a name that was made here; false: it is none. */
bool backup_name_read(const char *name, struct backup_name *read);

/* Returns less than 0, 0 or more, as one began before the other, with it, or after it. */
int backup_name_compare(const struct backup_name *one, const struct backup_name *other);

#endif
