/* backup_name: the names that backups in a directory have. */
#include "store/backup_name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PREFIX "bearward-"
#define SUFFIX ".backup"

enum {
	PREFIX_LEN = sizeof(PREFIX) - 1,
	MOMENT_LEN = BACKUP_NAME_MOMENT_SIZE - 1,
};

bool
backup_name_read(const char *name, struct backup_name *read)
{
	static const char shape[] = "00000000T000000Z";
	int len = 0;

	read->number = 1;
	if (strncmp(name, PREFIX, PREFIX_LEN) != 0)
		return false;
	name += PREFIX_LEN;
	for (int i = 0; i < MOMENT_LEN; i++)
		if (shape[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return false;
	snprintf(read->moment, sizeof(read->moment), "%s", name);
	name += MOMENT_LEN;
	if (*name == '-' && (sscanf(name, "-%3d%n", &read->number, &len) != 1 ||
	    read->number < 2))
		return false;
	return strcmp(name + len, SUFFIX) == 0;
}

bool
backup_name_make(int64_t now, int number, char name[NAME_MAX + 1])
{
	const time_t when = (time_t)now;
	char moment[BACKUP_NAME_MOMENT_SIZE], behind[16] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", &tm) != MOMENT_LEN)
		return false;
	if (number > 1)
		snprintf(behind, sizeof(behind), "-%d", number);
	snprintf(name, NAME_MAX + 1, PREFIX "%s%s" SUFFIX, moment, behind);
	return true;
}

int
backup_name_compare(const struct backup_name *one, const struct backup_name *other)
{
	const int moments = strcmp(one->moment, other->moment);

	return moments != 0 ? moments : one->number - other->number;
}
