/* keyring_internal: what adding and removing keys have in common. */
#include "token/keyring_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"

int
keyring_lock(const char *state_dir)
{
	int directory = key_place_make(state_dir, KEY_PLACE_SECRETS);

	if (directory >= 0)
		(void)flock(directory, LOCK_EX);
	return directory;
}

bool
keyring_visit(const char *state_dir, enum key_place place,
    bool (*visit)(int directory, enum key_place place, const char *name, void *arg), void *arg)
{
	int fd = key_place_open(state_dir, place), error;
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;
	bool goes_on = true;

	if (entries == NULL) {
		error = errno;
		if (fd >= 0)
			(void)close(fd);
		errno = error;
		return error == ENOENT;
	}
	while (goes_on && (errno = 0, entry = readdir(entries)) != NULL)
		if (entry->d_name[0] != '.')
			goes_on = visit(fd, place, entry->d_name, arg);
	error = goes_on ? errno : 0;
	(void)closedir(entries);
	errno = error;
	return error == 0;
}

bool
keyring_has_file(const char *state_dir, enum key_place place, const char *name)
{
	int directory = key_place_open(state_dir, place);
	struct stat st;
	bool has_file = directory >= 0 &&
	    fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (directory >= 0)
		(void)close(directory);
	return has_file;
}

enum err
keyring_write_file(const char *event, const char *state_dir, enum key_place place,
    const struct key *key)
{
	int directory = key_place_make(state_dir, place);
	enum err err = directory < 0 ? ERR_STORAGE : key_file_write(directory, place, key);

	if (err == ERR_STORAGE)
		err = keyring_fail(event, state_dir, key_id(key), strerror(errno));
	if (directory >= 0)
		(void)close(directory);
	return err;
}

enum err
keyring_fail(const char *event, const char *state_dir, const char *file, const char *reason)
{
	log_event(LEVEL_ERROR, event, LOG_TEXT("directory", state_dir), LOG_TEXT("file", file),
	    LOG_TEXT("reason", reason));
	return ERR_STORAGE;
}
