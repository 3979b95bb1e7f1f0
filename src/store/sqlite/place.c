/* place: which files stand under the names of a database and of the log that belongs to it. */
#include "store/sqlite/place.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

void
place_look(const char *path, struct place *place)
{
	static const char *const suffixes[] = {
		[PLACE_DATABASE] = "", [PLACE_WAL] = "-wal", [PLACE_SHM] = "-shm",
	};
	char name[PATH_MAX];
	struct stat st;

	*place = (struct place){0};
	for (int i = 0; i < PLACE_FILES; i++) {
		int len = snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);

		if (len < 0 || (size_t)len >= sizeof(name) || stat(name, &st) == -1)
			continue;
		place->files[i].device = st.st_dev;
		place->files[i].inode = st.st_ino;
	}
}

static bool
has_same(const struct place *a, const struct place *b, enum place_file file)
{
	return a->files[file].inode != 0 && a->files[file].inode == b->files[file].inode &&
	    a->files[file].device == b->files[file].device;
}

bool
place_has_same_database(const struct place *a, const struct place *b)
{
	return has_same(a, b, PLACE_DATABASE);
}

bool
place_has_same_log(const struct place *a, const struct place *b)
{
	return has_same(a, b, PLACE_WAL) && has_same(a, b, PLACE_SHM);
}
