/* keyring_add: adds a new key, in a file, and newer than every other. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "token/key_file.h"
#include "token/key_internal.h"
#include "token/keyring.h"
#include "token/kid.h"

enum { NEW_SECRET_LEN = 32 };	/* random bytes */

/* What is in keys/ before anything is added. */
struct present {
	bool has_keys;		/* or anything else that a keyring would read */
	int64_t newest_at;	/* the latest moment in a key id; 0: none has one */
};

static enum err
fail(const char *event, const char *state_dir, const char *reason)
{
	log_event(LEVEL_ERROR, event, LOG_TEXT("directory", state_dir),
	    LOG_TEXT("reason", reason));
	return ERR_STORAGE;
}

/* Opens keys/ of state_dir, made where there is none. Returns -1, with errno, on failure. */
static int
open_or_make_directory(const char *state_dir)
{
	int directory = -1;
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state < 0)
		return -1;
	if (mkdirat(state, "keys", 0700) == 0 ? fsync(state) == 0 : errno == EEXIST)
		directory = openat(state, "keys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)close(state);
	return directory;
}

/* Looks at the names in an open directory. Returns false, with errno, if they cannot be read. */
static bool
look(int directory, struct present *present)
{
	int fd = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);	/* owned, with fd */
	const struct dirent *entry;
	int error = errno;

	*present = (struct present){0};
	if (entries == NULL && fd >= 0)
		(void)close(fd);
	if (entries != NULL) {
		while (errno = 0, (entry = readdir(entries)) != NULL) {
			int64_t moment = kid_moment(entry->d_name);

			present->has_keys = present->has_keys || entry->d_name[0] != '.';
			if (moment > present->newest_at)
				present->newest_at = moment;
		}
		error = errno;
		(void)closedir(entries);
	}
	errno = error;
	return error == 0;
}

/* Writes random bytes in hex: secret. */
static enum err
make_secret(char hex[2 * NEW_SECRET_LEN + 1])
{
	unsigned char bytes[NEW_SECRET_LEN];	/* secret */
	enum err err = secret_random(bytes, sizeof(bytes));

	for (size_t i = 0; err == ERR_OK && i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, sizeof("ff"), "%02x", (unsigned)bytes[i]);
	secret_wipe(bytes, sizeof(bytes));
	return err;
}

/*
 * Picks the id of a key that is to be the newest: the clock may have been put back, and two keys
 * may be made within a second.
 */
static enum err
pick_kid(const char *state_dir, int directory, char kid[KEY_ID_SIZE])
{
	struct present present;
	int64_t moment = time(NULL);

	if (!look(directory, &present))
		return fail("cannot add a signing key", state_dir, strerror(errno));
	if (moment <= present.newest_at)
		moment = present.newest_at + 1;
	if (moment > KID_MOMENT_MAX)
		return fail("cannot add a signing key", state_dir,
		    "the newest is of the end of the year 9999; remove it");
	return kid_make(moment, kid);
}

/* Adds a key to an open directory, whose lock is held: secret, or a random one for NULL. */
static enum err
add(const char *state_dir, int directory, const char *secret, char kid[KEY_ID_SIZE])
{
	char generated[2 * NEW_SECRET_LEN + 1] = "";	/* secret */
	enum err err = ERR_OK;

	if (secret == NULL)
		err = make_secret(generated);
	if (err == ERR_OK)
		err = pick_kid(state_dir, directory, kid);
	if (err == ERR_OK &&
	    !key_file_write(directory, kid, secret == NULL ? generated : secret))
		err = fail("cannot add a signing key", state_dir, strerror(errno));
	secret_wipe(generated, sizeof(generated));
	return err;
}

/*
 * Opens keys/, made where there is none, and locks it: of two who add a key at once, the later
 * must see the earlier. NFS may not lock it. The lock ends with the close. Returns -1, logged, on
 * failure.
 */
static int
open_and_lock(const char *state_dir)
{
	int directory = open_or_make_directory(state_dir);

	if (directory < 0)
		(void)!fail("cannot add a signing key", state_dir, strerror(errno));
	else
		(void)flock(directory, LOCK_EX);
	return directory;
}

const char *
keyring_find_secret_fault(const char *secret)
{
	return key_find_fault(secret, strlen(secret));
}

enum err
keyring_add(const char *state_dir, const char *secret, char kid[KEY_ID_SIZE])
{
	int directory;
	enum err err;

	kid[0] = '\0';
	if (secret != NULL && keyring_find_secret_fault(secret) != NULL)
		return ERR_REFUSED;
	if ((directory = open_and_lock(state_dir)) < 0)
		return ERR_STORAGE;
	err = add(state_dir, directory, secret, kid);
	(void)close(directory);
	if (err != ERR_OK)
		kid[0] = '\0';
	return err;
}

enum err
keyring_find_any(const char *state_dir, bool *has_any)
{
	struct present present = {0};
	int directory = open_or_make_directory(state_dir);
	bool is_read = directory >= 0 && look(directory, &present);
	const int error = errno;

	if (directory >= 0)
		(void)close(directory);
	*has_any = present.has_keys || !is_read;
	if (is_read)
		return ERR_OK;
	return fail("cannot look for signing keys", state_dir, strerror(error));
}

enum err
keyring_prepare(const char *state_dir, char kid[KEY_ID_SIZE])
{
	struct keyring *keyring = NULL;		/* owned */
	struct present present;
	int directory;
	enum err err = ERR_OK;

	kid[0] = '\0';
	if ((directory = open_and_lock(state_dir)) < 0)
		return ERR_STORAGE;
	/* Who cannot see them all adds none: the reading that follows will tell. */
	if (look(directory, &present) && !present.has_keys)
		err = add(state_dir, directory, NULL, kid);
	(void)close(directory);
	/* Read as the service will read it: what it would refuse, it is better to hear of now. */
	if (err == ERR_OK)
		err = keyring_open(state_dir, &keyring);
	keyring_close(keyring);
	return err;
}
