/* keyring_share: opens the keys that tokens are checked with to a group. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"
#include "token/keyring.h"
#include "token/keyring_internal.h"

static const char cannot_share[] = "cannot open the keys to the group";

static bool
share_file(int directory, enum key_place place, const char *name, void *group)
{
	struct stat st;

	(void)place;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	if (!S_ISREG(st.st_mode))
		return true;
	return fchownat(directory, name, (uid_t)-1, *(gid_t *)group, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fchmodat(directory, name, KEY_FILE_SHARED, 0) == 0;
}

/* Gives the directory of a place to the group, unless it has it already. */
static bool
share_directory(int directory, gid_t group)
{
	struct stat st;

	if (fstat(directory, &st) != 0)
		return false;
	if (st.st_gid != group && fchown(directory, (uid_t)-1, group) != 0)
		return false;
	return (st.st_mode & 07777) == OWNER_SHARED_DIRECTORY ||
	    fchmod(directory, OWNER_SHARED_DIRECTORY) == 0;
}

enum err
keyring_share(const struct config *config, gid_t group)
{
	for (enum key_place place = 0; place < KEY_PLACES; place++) {
		const int directory = key_place_make(config->state_dir, place);
		const bool is_done = directory >= 0 && (place == KEY_PLACE_PRIVATE ||
		    (share_directory(directory, group) &&
		    keyring_visit(config->state_dir, place, share_file, &group)));
		const int reason = errno;

		if (directory >= 0)
			(void)close(directory);
		if (!is_done)
			return keyring_fail(cannot_share, config->state_dir,
			    key_place_path(place), strerror(reason));
	}
	return ERR_OK;
}
