/* keyring_remove: removes a key, unless it is the last; or all keys. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"
#include "token/key_file.h"
#include "token/key_internal.h"
#include "token/keyring.h"
#include "token/kid.h"

static enum err
fail(const char *state_dir, const char *kid)
{
	log_event(LEVEL_ERROR, "cannot remove a signing key", LOG_TEXT("directory", state_dir),
	    LOG_TEXT("file", kid), LOG_TEXT("reason", strerror(errno)));
	return ERR_STORAGE;
}

/* Opens keys/ of state_dir. Returns -1, with errno, on failure. */
static int
open_directory(const char *state_dir)
{
	int directory = -1;
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state < 0)
		return -1;
	directory = openat(state, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(state);
	return directory;
}

/* Returns whether the file of that name holds a key that can be used. */
static bool
is_usable(int directory, const char *name)
{
	struct key *key = NULL;		/* owned */
	bool is_usable = key_file_read(directory, name, &key) == NULL && key != NULL;

	key_free(key);
	return is_usable;
}

/* Returns whether no other key than kid can be used; true as well where that cannot be told. */
static bool
is_last(int directory, const char *kid)
{
	int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;
	bool is_last = true;

	if (entries == NULL && fd >= 0)
		(void)close(fd);
	if (entries == NULL)
		return true;
	while (is_last && (entry = readdir(entries)) != NULL)
		is_last = entry->d_name[0] == '.' || strcmp(entry->d_name, kid) == 0 ||
		    !is_usable(directory, entry->d_name);
	(void)closedir(entries);
	return is_last;
}

static enum err
remove_from(const char *state_dir, int directory, const char *kid, enum keyring_last last)
{
	/* A file that is no key is not the last key. */
	if (last == KEYRING_KEEP_LAST && is_usable(directory, kid) && is_last(directory, kid))
		return ERR_REFUSED;
	if (unlinkat(directory, kid, 0) == 0 && fsync(directory) == 0)
		return ERR_OK;
	return errno == ENOENT ? ERR_NO_KEY : fail(state_dir, kid);
}

/* Removes what a keyring would read from an open directory. */
static enum err
remove_all_from(const char *state_dir, int directory)
{
	int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;
	enum err err = ERR_OK;

	if (entries == NULL) {
		err = fail(state_dir, "");
		if (fd >= 0)
			(void)close(fd);
		return err;
	}
	while (errno = 0, (entry = readdir(entries)) != NULL)
		if (entry->d_name[0] != '.' && unlinkat(directory, entry->d_name, 0) < 0)
			err = fail(state_dir, entry->d_name);
	if (errno != 0 || fsync(directory) < 0)
		err = fail(state_dir, "");
	(void)closedir(entries);
	return err;
}

enum err
keyring_remove_all(const char *state_dir)
{
	int directory = open_directory(state_dir);
	enum err err;

	if (directory < 0)
		return errno == ENOENT ? ERR_OK : fail(state_dir, "");
	(void)flock(directory, LOCK_EX);
	err = remove_all_from(state_dir, directory);
	(void)close(directory);
	return err;
}

enum err
keyring_remove(const char *state_dir, const char *kid, enum keyring_last last)
{
	int directory;
	enum err err;

	if (!kid_is_valid(kid))
		return ERR_NO_KEY;
	if ((directory = open_directory(state_dir)) < 0)
		return fail(state_dir, kid);
	/* Of two who remove a key each, the later must see what the earlier has left. */
	(void)flock(directory, LOCK_EX);
	err = remove_from(state_dir, directory, kid, last);
	(void)close(directory);
	return err;
}
