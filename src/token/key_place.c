/* key_place: the directories that files of keys are in. */
#include "token/key_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const paths[] = {
	[KEY_PLACE_SECRETS] = "keys", [KEY_PLACE_PRIVATE] = "signing",
	[KEY_PLACE_PUBLIC] = "public",
};

const char *
key_place_path(enum key_place place)
{
	return paths[place];
}

/* Writes the path of the directory of a place. Returns false, with errno, when it is too long. */
static bool
write_path(const char *state_dir, enum key_place place, char path[PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s", state_dir, paths[place]);

	errno = ENAMETOOLONG;
	return len >= 0 && len < PATH_MAX;
}

int
key_place_open(const char *state_dir, enum key_place place)
{
	char path[PATH_MAX];

	if (!write_path(state_dir, place, path))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes a directory, durably. Returns false, with errno, when it is not there then. */
static bool
make_directory(const char *state_dir, const char *name)
{
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_there;

	if (state < 0)
		return false;
	is_there = mkdirat(state, name, 0700) == 0 ? fsync(state) == 0 : errno == EEXIST;
	(void)close(state);
	return is_there;
}

int
key_place_make(const char *state_dir, enum key_place place)
{
	if (!make_directory(state_dir, paths[place]))
		return -1;
	return key_place_open(state_dir, place);
}

/* Returns whether a file or directory is ours or root's, and has none of the bits for others. */
bool
key_place_is_ours(const struct stat *st, mode_t bits)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) && (st->st_mode & bits) == 0;
}

const char *
key_place_find_fault(enum key_place place, const struct stat *st)
{
	if (place == KEY_PLACE_PUBLIC)
		return key_place_is_ours(st, S_IWGRP | S_IWOTH) ? NULL :
		    "others may write into the directory, or own it; chmod 700, chown";
	return key_place_is_ours(st, S_IRWXG | S_IRWXO) ? NULL :
	    "others may look into the directory, or own it; chmod 700, chown";
}
