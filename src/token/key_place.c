/* key_place: the directories that files of keys are in. */
#include "token/key_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/owner.h"

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
	int directory = key_place_open(state_dir, place);

	if (directory >= 0 || errno != ENOENT)
		return directory;
	if (!make_directory(state_dir, paths[place]))
		return -1;
	directory = key_place_open(state_dir, place);
	if (directory >= 0 && key_place_is_shared(place, directory))
		(void)fchmod(directory, OWNER_SHARED_DIRECTORY);
	return directory;
}

/* Finds whose the state directory is that has a directory; ours, where that cannot be seen. */
static struct owner
find_owner(int directory)
{
	struct stat state;

	if (fstatat(directory, "..", &state, 0) != 0)
		return (struct owner){ .account = geteuid() };
	return owner_of(&state);
}

bool
key_place_is_closed(enum key_place place, int directory, const struct stat *st)
{
	const struct owner owner = find_owner(directory);
	const mode_t read = S_ISDIR(st->st_mode) ? S_IRGRP | S_IXGRP : S_IRGRP;

	if (st->st_uid != 0 && st->st_uid != (owner.is_shared ? owner.account : geteuid()))
		return false;
	if (place == KEY_PLACE_PUBLIC)
		return (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
	return owner_is_closed(&owner, st, place == KEY_PLACE_SECRETS ? read : 0);
}

bool
key_place_is_shared(enum key_place place, int directory)
{
	return place != KEY_PLACE_PRIVATE && find_owner(directory).is_shared;
}

const char *
key_place_find_fault(enum key_place place, int directory, const struct stat *st)
{
	if (key_place_is_closed(place, directory, st))
		return NULL;
	if (place == KEY_PLACE_PUBLIC)
		return "others may write into the directory, or own it; chmod 700, chown";
	return "others may look into the directory, or own it; chmod 700, chown";
}
