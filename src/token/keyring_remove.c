/* keyring_remove: removes a key, unless it is the last; those that are gone; or all keys. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "token/key_internal.h"
#include "token/keyring.h"
#include "token/keyring_internal.h"
#include "token/kid.h"

static enum err
fail(const char *state_dir, const char *kid)
{
	return keyring_fail("cannot remove a signing key", state_dir, kid, strerror(errno));
}

/* Who signs goes first: nothing may be signed that others refuse already. */
static const enum key_place places[] = {
	KEY_PLACE_PRIVATE, KEY_PLACE_SECRETS, KEY_PLACE_PUBLIC,
};

/* Milliseconds: a look, twice the tick of the coarse clock, and one to be sure. */
enum { WAIT = KEYRING_RECENT + 20 + 1 };

enum { PLACES = sizeof(places) / sizeof(places[0]) };

/* Returns whether the file of that name holds a key that can be used. */
static bool
is_usable(int directory, enum key_place place, const char *name)
{
	struct key *key = NULL;		/* owned */
	bool is_usable = key_file_read(directory, place, name, NULL, &key) == NULL && key != NULL;

	key_free(key);
	return is_usable;
}

struct search {
	const char *kid;
	bool is_found;		/* kid can be used */
	bool has_other;		/* a key that is not kid can be used */
};

static bool
search_file(int directory, enum key_place place, const char *name, void *arg)
{
	struct search *search = arg;
	bool *is_seen = strcmp(name, search->kid) == 0 ? &search->is_found : &search->has_other;

	*is_seen = *is_seen || is_usable(directory, place, name);
	return !search->is_found || !search->has_other;
}

/*
 * Returns whether kid can be used to sign, and no other key; a file that is no key is not the
 * last one. True as well where the others cannot be seen.
 */
static bool
is_last(const char *state_dir, const char *kid)
{
	struct search search = { .kid = kid };
	const bool is_seen =
	    keyring_visit(state_dir, KEY_PLACE_SECRETS, search_file, &search) &&
	    keyring_visit(state_dir, KEY_PLACE_PRIVATE, search_file, &search);

	return search.is_found ? !search.has_other : !is_seen;
}

/* Removes the file of a name from a place. Returns ERR_NO_KEY when there is none. */
static enum err
remove_file(const char *state_dir, enum key_place place, const char *kid)
{
	int directory = key_place_open(state_dir, place);
	enum err err = ERR_OK;

	if (directory < 0 || unlinkat(directory, kid, 0) < 0 || fsync(directory) < 0)
		err = errno == ENOENT ? ERR_NO_KEY : fail(state_dir, kid);
	if (directory >= 0)
		(void)close(directory);
	return err;
}

/* Removes a key from every place. */
static enum err
remove_files(const char *state_dir, const char *kid)
{
	enum err result = ERR_NO_KEY;

	/* Else those who check would not take what the key before it signs in between. */
	keyring_hold_public_of(state_dir, kid);
	for (size_t i = 0; i < PLACES; i++) {
		enum err err = remove_file(state_dir, places[i], kid);

		if (err == ERR_STORAGE)
			return err;
		if (err == ERR_OK)
			result = ERR_OK;
	}
	return result;
}

/* Locks keys/ of state_dir, if it is there. Returns -1 otherwise. */
static int
lock(const char *state_dir)
{
	int directory = key_place_open(state_dir, KEY_PLACE_SECRETS);

	if (directory >= 0)
		(void)close(directory);
	return directory < 0 ? -1 : keyring_lock(state_dir);
}

/* Until nobody goes by what there was a moment ago (keyring_borrow_recent()). */
static void
wait_for_looks(void)
{
	const int64_t until = clock_ms() + WAIT;
	int64_t left;

	while ((left = until - clock_ms()) > 0)
		clock_sleep(left);
}

enum err
keyring_remove(const struct config *config, const char *kid, enum keyring_last last)
{
	const char *state_dir = config->state_dir;
	int directory;
	enum err err;

	if (!kid_is_valid(kid))
		return ERR_NO_KEY;
	if ((directory = lock(state_dir)) < 0)
		return fail(state_dir, kid);
	if (last == KEYRING_KEEP_LAST && is_last(state_dir, kid))
		err = ERR_REFUSED;
	else
		err = remove_files(state_dir, kid);
	(void)close(directory);
	if (err == ERR_OK || err == ERR_STORAGE)
		wait_for_looks();
	return err;
}

/* Of tokens without kid nobody can tell whether any is left. */
static bool
is_for_tutorial(const struct config *config, const struct key *key)
{
	return config->accept_tutorial_tokens && key_alg(key) == KEY_HS256;
}

enum err
keyring_remove_gone(const struct config *config, int64_t now,
    void (*visit)(const char *kid, void *arg), void *arg)
{
	struct keyring *keyring = NULL;		/* owned */
	enum err err = keyring_open(config, KEYRING_SIGNS, &keyring);
	const struct keys *keys = err == ERR_OK ? keyring_borrow(keyring) : NULL;

	for (size_t i = 0; keys != NULL && keys_get(keys, i) != NULL && err == ERR_OK; i++) {
		if (keys_state(keys, i, now) != KEY_GONE || is_for_tutorial(config,
		    keys_get(keys, i)))
			continue;
		err = keyring_remove(config, key_id(keys_get(keys, i)), KEYRING_KEEP_LAST);
		if (err == ERR_OK)
			visit(key_id(keys_get(keys, i)), arg);
	}
	if (keys != NULL)
		keyring_return(keyring, keys);
	keyring_close(keyring);
	return err;
}

/* What came first goes wrong; the others are removed all the same. */
struct removal {
	const char *state_dir;
	enum err err;
};

static bool
remove_visited(int directory, enum key_place place, const char *name, void *arg)
{
	struct removal *removal = arg;

	(void)place;
	if (unlinkat(directory, name, 0) < 0)
		removal->err = fail(removal->state_dir, name);
	return true;
}

static enum err
remove_all_from(const char *state_dir, enum key_place place)
{
	struct removal removal = { state_dir, ERR_OK };
	int directory;

	if (!keyring_visit(state_dir, place, remove_visited, &removal))
		return fail(state_dir, "");
	if ((directory = key_place_open(state_dir, place)) < 0)
		return errno == ENOENT ? removal.err : fail(state_dir, "");
	if (fsync(directory) < 0)
		removal.err = fail(state_dir, "");
	(void)close(directory);
	return removal.err;
}

enum err
keyring_remove_all(const struct config *config)
{
	const int directory = lock(config->state_dir);
	enum err result = ERR_OK;

	if (directory < 0)
		return errno == ENOENT ? ERR_OK : fail(config->state_dir, "");
	for (size_t i = 0; i < PLACES; i++) {
		enum err err = remove_all_from(config->state_dir, places[i]);

		if (err != ERR_OK)
			result = err;
	}
	(void)close(directory);
	wait_for_looks();
	return result;
}
