/* keyring: the keys of a process, in directories of the state directory. */
#include "token/keyring.h"

#include <errno.h>
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

#include "base/clock.h"
#include "base/log.h"
#include "token/key_file.h"
#include "token/keyring_internal.h"
#include "token/keys_internal.h"

enum {
	SETTLED_AFTER = 2,	/* seconds: no file system's clock ticks more coarsely */
	DIRECTORIES_MAX = 2,
};

/* Which directories are read. */
struct plan {
	size_t count;
	enum key_place places[DIRECTORIES_MAX];
	bool may_be_empty;
};

static const struct plan plans[] = {
	[KEYRING_SIGNS] = { 2, { KEY_PLACE_SECRETS, KEY_PLACE_PRIVATE }, false },
	[KEYRING_CHECKS] = { 2, { KEY_PLACE_SECRETS, KEY_PLACE_PUBLIC }, false },
	[KEYRING_PUBLISHES] = { 1, { KEY_PLACE_PUBLIC }, true },
};

/* What tells that a directory has changed since it was read. */
struct watch {
	int fd;				/* owned: the directory, as it was read; -1: none */
	struct timespec changed_at;	/* when it had changed last as it was last read */
	struct timespec moved_at;	/* when it had been moved, too: st_ctim */
	bool is_settled;		/* a later change must show in the directory's times */
};

struct keyring {
	const struct plan *plan;
	int64_t token_ttl;		/* seconds */
	char state_dir[PATH_MAX];
	atomic_ulong readings;		/* how many have begun; counted with the mutex held */
	pthread_mutex_t mutex;		/* over all that follows */
	const struct keys *current;	/* owned: one reference; NULL: no key is left */
	struct watch watches[DIRECTORIES_MAX];
	int64_t looked_at;		/* of clock_coarse_ms(); not after the last look began */
	bool is_quiet;			/* what is wrong has been reported */
};

const char *
keyring_directory(enum keyring_use use, size_t i)
{
	return i < plans[use].count ? key_place_path(plans[use].places[i]) : NULL;
}

/* Logs what is wrong with a directory (file "") or a file in it, unless it is known. */
static void
complain(const struct keyring *keyring, const struct keys_fault *fault)
{
	char path[PATH_MAX + sizeof("/signing")];

	snprintf(path, sizeof(path), "%s/%s", keyring->state_dir, key_place_path(fault->place));
	if (!keyring->is_quiet)
		log_event(LEVEL_ERROR, "cannot use signing key",
		    LOG_TEXT("directory", path), LOG_TEXT("file", fault->file),
		    LOG_TEXT("reason", fault->what));
}

static void
close_directories(const struct watch watches[DIRECTORIES_MAX])
{
	for (int i = 0; i < DIRECTORIES_MAX; i++)
		if (watches[i].fd >= 0)
			(void)close(watches[i].fd);
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
is_long_ago(const struct timespec *moment)
{
	return moment->tv_sec + SETTLED_AFTER < time(NULL);
}

/*
 * Opens the directory of a place, which is nobody else's. keys/ must be there, and another one
 * only if it was there before. Returns NULL, or what is wrong; watch->fd is then open all the
 * same, where there is a directory to look into.
 */
static const char *
open_directory(const char *state_dir, enum key_place place, bool was_there, struct watch *watch)
{
	const char *fault;
	struct stat st;

	*watch = (struct watch){ .fd = key_place_open(state_dir, place) };
	if (watch->fd < 0)
		return place != KEY_PLACE_SECRETS && errno == ENOENT && !was_there ? NULL :
		    strerror(errno);
	if (fstat(watch->fd, &st) < 0)
		return strerror(errno);
	if ((fault = key_place_find_fault(place, watch->fd, &st)) != NULL)
		return fault;
	watch->changed_at = st.st_mtim;
	watch->moved_at = st.st_ctim;
	watch->is_settled = is_long_ago(&st.st_mtim) && is_long_ago(&st.st_ctim);
	return NULL;
}

/* Opens all directories. Returns false with the fault; the others are open all the same. */
static bool
open_directories(const struct keyring *keyring, struct watch watches[DIRECTORIES_MAX],
    struct keys_fault *fault)
{
	const struct plan *plan = keyring->plan;
	const char *what;

	*fault = (struct keys_fault){0};
	for (int i = 0; i < DIRECTORIES_MAX; i++)
		watches[i].fd = -1;
	for (size_t i = 0; i < plan->count; i++) {
		what = open_directory(keyring->state_dir, plan->places[i],
		    keyring->watches[i].fd >= 0, &watches[i]);
		if (what != NULL && fault->what == NULL)
			*fault = (struct keys_fault){ plan->places[i], "", what };
	}
	return fault->what == NULL;
}

static void
list_directories(const struct plan *plan, const struct watch watches[DIRECTORIES_MAX],
    struct keys_directory directories[DIRECTORIES_MAX])
{
	for (size_t i = 0; i < plan->count; i++)
		directories[i] = (struct keys_directory){ plan->places[i], watches[i].fd };
}

/*
 * Reads the directories. *keys is owned, and NULL on failure; the descriptors are owned in any
 * case, and -1 where a directory cannot be opened. Returns ERR_SETUP, logged, on failure.
 */
static enum err
read_directories(const struct keyring *keyring, struct watch watches[DIRECTORIES_MAX],
    struct keys **keys)
{
	struct keys_directory directories[DIRECTORIES_MAX];
	struct keys_fault fault;

	*keys = NULL;
	if (open_directories(keyring, watches, &fault)) {
		list_directories(keyring->plan, watches, directories);
		if (keys_read(directories, keyring->plan->count, keyring->current,
		    keyring->token_ttl, keyring->plan->may_be_empty, keys, &fault))
			return ERR_OK;
	}
	complain(keyring, &fault);
	return ERR_SETUP;
}

/* So that a process that may open only what is there can see the first key that comes. */
static void
make_directories(const struct keyring *keyring)
{
	for (size_t i = 0; i < keyring->plan->count; i++) {
		int directory = -1;

		if (keyring->plan->places[i] != KEY_PLACE_SECRETS)
			directory = key_place_make(keyring->state_dir, keyring->plan->places[i]);
		if (directory >= 0)
			(void)close(directory);
	}
}

enum err
keyring_open(const struct config *config, enum keyring_use use, struct keyring **keyring)
{
	struct keyring *fresh = calloc(1, sizeof(*fresh));
	struct keys *keys = NULL;	/* owned */
	enum err err;

	*keyring = NULL;
	if (fresh == NULL)
		return ERR_MEMORY;
	fresh->plan = &plans[use];
	fresh->token_ttl = config->access_token_ttl;
	snprintf(fresh->state_dir, sizeof(fresh->state_dir), "%s", config->state_dir);
	make_directories(fresh);
	if ((err = read_directories(fresh, fresh->watches, &keys)) != ERR_OK) {
		close_directories(fresh->watches);
		free(fresh);
		return err;
	}
	fresh->current = keys;
	/* Nobody has looked since it was opened. */
	fresh->looked_at = INT64_MIN / 2;
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
	close_directories(keyring->watches);
	(void)pthread_mutex_destroy(&keyring->mutex);
	free(keyring);
}

/* Takes what has been read; the same keys as before leave the snapshot in place. */
static void
replace(struct keyring *keyring, const struct watch watches[DIRECTORIES_MAX],
    const struct keys *keys)
{
	close_directories(keyring->watches);
	memcpy(keyring->watches, watches, sizeof(keyring->watches));
	keyring->is_quiet = false;
	if (keyring->current != NULL && keys_is_same(keyring->current, keys)) {
		keys_unref(keys);
		return;
	}
	keys_unref(keyring->current);
	keyring->current = keys;
}

/*
 * Drops the keys whose files are gone. Where a directory cannot be opened, the one that was read
 * last tells: its files may have been removed, or moved away with it.
 */
static void
drop_what_is_gone(struct keyring *keyring, const struct watch fresh[DIRECTORIES_MAX])
{
	const struct keys *before = keyring->current;
	struct keys_directory directories[DIRECTORIES_MAX];

	if (before == NULL)
		return;
	list_directories(keyring->plan, keyring->watches, directories);
	for (size_t i = 0; i < keyring->plan->count; i++)
		if (fresh[i].fd >= 0)
			directories[i].fd = fresh[i].fd;
	keyring->current = keys_without_gone(before, directories, keyring->plan->count);
	if (keyring->current == NULL)
		log_event(LEVEL_ERROR, "no signing key is left",
		    LOG_TEXT("directory", keyring->state_dir));
	keys_unref(before);
}

/* Takes the times of a directory as they are now. Returns whether they are as they were. */
static bool
look_again(struct watch *watch)
{
	struct stat st = {0};
	bool is_unchanged;

	/* That it was moved or removed shows there; what came instead, the reading finds. */
	if (watch->fd >= 0)
		(void)fstat(watch->fd, &st);
	is_unchanged = is_same_time(&st.st_mtim, &watch->changed_at) &&
	    is_same_time(&st.st_ctim, &watch->moved_at);
	watch->changed_at = st.st_mtim;
	watch->moved_at = st.st_ctim;
	return is_unchanged;
}

/* Reads the directories again if one has changed since, or was moved. The mutex is held. */
static void
refresh(struct keyring *keyring)
{
	struct watch fresh[DIRECTORIES_MAX];
	struct keys *keys = NULL;	/* owned */
	bool is_unchanged = true, is_settled = true;

	keyring->looked_at = clock_coarse_ms();
	for (size_t i = 0; i < keyring->plan->count; i++) {
		is_unchanged = look_again(&keyring->watches[i]) && is_unchanged;
		is_settled = is_settled && keyring->watches[i].is_settled;
	}
	if (is_unchanged && is_settled)
		return;

	(void)atomic_fetch_add(&keyring->readings, 1);
	keyring->is_quiet = keyring->is_quiet && is_unchanged;
	if (read_directories(keyring, fresh, &keys) == ERR_OK) {
		replace(keyring, fresh, keys);
		return;
	}
	drop_what_is_gone(keyring, fresh);
	close_directories(fresh);
	/* Not settled: a chmod that mends a file does not show in the directory's times. */
	for (size_t i = 0; i < keyring->plan->count; i++)
		keyring->watches[i].is_settled = false;
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

/* Whether the last look will do. The mutex is held. */
static bool
is_recent(const struct keyring *keyring)
{
	const int64_t age = clock_coarse_ms() - keyring->looked_at;

	return keyring->current != NULL && age >= 0 && age < KEYRING_RECENT;
}

const struct keys *
keyring_borrow_recent(struct keyring *keyring)
{
	const struct keys *keys;

	(void)pthread_mutex_lock(&keyring->mutex);
	if (!is_recent(keyring))
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
