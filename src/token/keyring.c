/* keyring: the signing keys of a process, one file a key in keys/ of the state directory. */
#include "token/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "token/key_file.h"
#include "token/keys_internal.h"

enum { SETTLED_AFTER = 2 };	/* seconds: no file system's clock ticks more coarsely */

/* What tells that keys/ has changed since it was read. */
struct watch {
	int fd;				/* owned: keys/, as it was read */
	struct timespec changed_at;	/* when keys/ had changed last as it was last read */
	struct timespec moved_at;	/* when it had been moved, too: st_ctim */
	bool is_settled;		/* a later change must show in the directory's times */
};

struct keyring {
	char path[PATH_MAX];		/* of keys/ */
	atomic_ulong readings;		/* how many have begun; counted with the mutex held */
	pthread_mutex_t mutex;		/* over all that follows */
	const struct keys *current;	/* owned: one reference; NULL: no key is left */
	struct watch watch;
	bool is_quiet;			/* what is wrong has been reported */
};

/* Logs what is wrong with keys/ (file "") or a file in it, unless it is known. */
static void
complain(const struct keyring *keyring, const char *file, const char *fault)
{
	if (!keyring->is_quiet)
		log_event(LEVEL_ERROR, "cannot use signing key",
		    LOG_TEXT("directory", keyring->path), LOG_TEXT("file", file),
		    LOG_TEXT("reason", fault));
}

static void
close_directory(const struct watch *watch)
{
	if (watch->fd >= 0)
		(void)close(watch->fd);
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * Opens keys/, which is nobody else's to look into. Returns NULL, or what is wrong; watch->fd is
 * then open all the same, where there is a directory to look into.
 */
static const char *
open_directory(const char *path, struct watch *watch)
{
	const char *fault = NULL;
	struct stat st;

	watch->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (watch->fd < 0 || fstat(watch->fd, &st) < 0)
		fault = strerror(errno);
	else if (!key_file_is_private(&st))
		fault = "others may look into the directory, or own it; chmod 700, chown";
	if (fault != NULL)
		return fault;
	watch->changed_at = st.st_mtim;
	watch->moved_at = st.st_ctim;
	watch->is_settled = st.st_mtim.tv_sec + SETTLED_AFTER < time(NULL) &&
	    st.st_ctim.tv_sec + SETTLED_AFTER < time(NULL);
	return NULL;
}

/*
 * Reads keys/. *keys is owned, and NULL on failure; watch->fd is owned in any case, and -1 where
 * the directory cannot be opened. Returns ERR_SETUP, logged, on failure.
 */
static enum err
read_directory(const struct keyring *keyring, struct watch *watch, struct keys **keys)
{
	char file[NAME_MAX + 1] = "";
	const char *fault = open_directory(keyring->path, watch);

	*keys = NULL;
	if (fault == NULL)
		fault = keys_read(watch->fd, keys, file);
	if (fault == NULL)
		return ERR_OK;

	complain(keyring, file, fault);
	return ERR_SETUP;
}

enum err
keyring_open(const char *state_dir, struct keyring **keyring)
{
	struct keyring *fresh = calloc(1, sizeof(*fresh));
	struct keys *keys = NULL;	/* owned */
	enum err err = ERR_SETUP;
	int len;

	*keyring = NULL;
	if (fresh == NULL)
		return ERR_MEMORY;
	fresh->watch.fd = -1;
	len = snprintf(fresh->path, sizeof(fresh->path), "%s/keys", state_dir);
	if (len < 0 || (size_t)len >= sizeof(fresh->path))
		complain(fresh, "", strerror(ENAMETOOLONG));
	else
		err = read_directory(fresh, &fresh->watch, &keys);
	if (err != ERR_OK) {
		close_directory(&fresh->watch);
		free(fresh);
		return err;
	}
	fresh->current = keys;
	(void)pthread_mutex_init(&fresh->mutex, NULL);
	*keyring = fresh;
	return ERR_OK;
}

void
keyring_close(struct keyring *keyring)
{
	if (keyring == NULL)
		return;
	keys_unref(keyring->current);
	close_directory(&keyring->watch);
	(void)pthread_mutex_destroy(&keyring->mutex);
	free(keyring);
}

/* Takes what has been read; the same keys as before leave the snapshot in place. */
static void
replace(struct keyring *keyring, const struct watch *watch, const struct keys *keys)
{
	close_directory(&keyring->watch);
	keyring->watch = *watch;
	keyring->is_quiet = false;
	if (keyring->current != NULL && keys_is_same(keyring->current, keys)) {
		keys_unref(keys);
		return;
	}
	keys_unref(keyring->current);
	keyring->current = keys;
}

/*
 * Drops the keys whose files are gone from a directory. Where keys/ cannot be opened, the one that
 * was read last tells: its files may have been removed, or moved away with it.
 */
static void
drop_what_is_gone(struct keyring *keyring, int directory)
{
	const struct keys *before = keyring->current;

	if (before == NULL)
		return;
	keyring->current = keys_without_gone(before, directory);
	if (keyring->current == NULL)
		log_event(LEVEL_ERROR, "no signing key is left",
		    LOG_TEXT("directory", keyring->path));
	keys_unref(before);
}

/* Reads the directory again if it has changed since, or was moved. The mutex is held. */
static void
refresh(struct keyring *keyring)
{
	struct watch *watch = &keyring->watch, fresh;
	struct keys *keys = NULL;	/* owned */
	struct stat st = {0};
	bool is_unchanged;

	/* That keys/ was moved or removed shows there; what came instead, the reading finds. */
	(void)fstat(watch->fd, &st);
	is_unchanged = is_same_time(&st.st_mtim, &watch->changed_at) &&
	    is_same_time(&st.st_ctim, &watch->moved_at);
	if (is_unchanged && watch->is_settled)
		return;

	(void)atomic_fetch_add(&keyring->readings, 1);
	keyring->is_quiet = keyring->is_quiet && is_unchanged;
	if (read_directory(keyring, &fresh, &keys) == ERR_OK) {
		replace(keyring, &fresh, keys);
		return;
	}
	drop_what_is_gone(keyring, fresh.fd >= 0 ? fresh.fd : watch->fd);
	close_directory(&fresh);
	/* Not settled: a chmod that mends a file does not show in the directory's times. */
	watch->changed_at = st.st_mtim;
	watch->moved_at = st.st_ctim;
	watch->is_settled = false;
	keyring->is_quiet = true;
}

const struct keys *
keyring_borrow(struct keyring *keyring)
{
	const unsigned long begun = atomic_load(&keyring->readings);
	const struct keys *keys;

	(void)pthread_mutex_lock(&keyring->mutex);
	/* A reading that has begun since then shows all that had happened when we were called. */
	if (atomic_load(&keyring->readings) == begun)
		refresh(keyring);
	keys = keyring->current == NULL ? NULL : keys_ref(keyring->current);
	(void)pthread_mutex_unlock(&keyring->mutex);
	return keys;
}

void
keyring_return(struct keyring *keyring, const struct keys *keys)
{
	(void)keyring;
	keys_unref(keys);
}
