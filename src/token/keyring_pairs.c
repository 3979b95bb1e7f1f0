/* keyring_pairs: sees to it that the private and the public key of a pair go together. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "text/moment.h"
#include "token/key_internal.h"
#include "token/keyring.h"
#include "token/keyring_internal.h"

static const char cannot_mend[] = "cannot mend a public key";

/* Reads the file of a name in public/: as key_file_read() does. */
static const char *
read_public(const char *state_dir, const char *name, struct key **key)
{
	const int directory = key_place_open(state_dir, KEY_PLACE_PUBLIC);
	const char *fault;

	*key = NULL;
	if (directory < 0)
		return errno == ENOENT ? NULL : strerror(errno);
	fault = key_file_read(directory, KEY_PLACE_PUBLIC, name, NULL, key);
	(void)close(directory);
	return fault;
}

enum err
keyring_hold_public(const char *event, const char *state_dir, const struct key *key)
{
	struct key_life life = *key_life(key);
	struct key *held;	/* owned */
	enum err err;

	life.signs_at = MOMENT_LAST;
	if ((held = key_copy_with_life(key, &life)) == NULL)
		return ERR_MEMORY;
	err = keyring_write_file(event, state_dir, KEY_PLACE_PUBLIC, held);
	key_free(held);
	return err;
}

void
keyring_hold_public_of(const char *state_dir, const char *kid)
{
	struct key *key;	/* owned */

	/* Where it fails, as on a full disk, the key is removed all the same. */
	if (read_public(state_dir, kid, &key) == NULL && key != NULL)
		(void)!keyring_hold_public("cannot date a public key", state_dir, key);
	key_free(key);
}

/* Returns NULL, or what is wrong with the public key that belongs to a private one. */
static const char *
compare(const char *state_dir, const struct key *key)
{
	struct key *public;	/* owned */
	const char *fault = read_public(state_dir, key_id(key), &public);

	if (fault == NULL && public == NULL)
		fault = "it is missing";
	else if (fault == NULL && !key_is_same(key, public))
		fault = "it has other dates than the private key";
	key_free(public);
	return fault;
}

/* A walk through the keys. */
struct walk {
	const char *state_dir;
	int64_t signs_at;	/* of the key that signs */
	void (*visit)(const char *kid, const char *fault, void *arg);	/* NULL: it is mended */
	void *arg;
};

static bool
visit_private(int directory, enum key_place place, const char *name, void *arg)
{
	const struct walk *walk = arg;
	struct key *key = NULL;		/* owned */
	const char *fault = NULL;

	/* What is wrong with a private key, the keyring tells. */
	if (key_file_read(directory, place, name, NULL, &key) == NULL && key != NULL)
		fault = compare(walk->state_dir, key);
	if (fault != NULL && walk->visit != NULL)
		walk->visit(name, fault, walk->arg);
	else if (fault != NULL)
		(void)!keyring_write_file(cannot_mend, walk->state_dir, KEY_PLACE_PUBLIC, key);
	key_free(key);
	return true;
}

static void
remove_public(const char *state_dir, int directory, const char *name)
{
	if (unlinkat(directory, name, 0) < 0 || fsync(directory) < 0)
		(void)!keyring_fail(cannot_mend, state_dir, name, strerror(errno));
	else
		log_event(LEVEL_WARNING, "removed a public key", LOG_TEXT("kid", name),
		    LOG_TEXT("reason", "it has no private key"));
}

/*
 * Of a public key alone, only one that comes after the key that signs is wrong: that of an older
 * key checks what the key has signed, and nothing more is signed with it.
 */
static bool
visit_public(int directory, enum key_place place, const char *name, void *arg)
{
	const struct walk *walk = arg;
	struct key *key = NULL;		/* owned */

	if (keyring_has_file(walk->state_dir, KEY_PLACE_PRIVATE, name))
		return true;
	if (key_file_read(directory, place, name, NULL, &key) == NULL && key != NULL &&
	    key_signs_at(key) > walk->signs_at) {
		if (walk->visit != NULL)
			walk->visit(name, "it has no private key", walk->arg);
		else
			remove_public(walk->state_dir, directory, name);
	}
	key_free(key);
	return true;
}

void
keyring_mend_pairs(const char *state_dir, int64_t signs_at)
{
	struct walk walk = { .state_dir = state_dir, .signs_at = signs_at };

	if (!keyring_visit(state_dir, KEY_PLACE_PRIVATE, visit_private, &walk) ||
	    !keyring_visit(state_dir, KEY_PLACE_PUBLIC, visit_public, &walk))
		(void)!keyring_fail(cannot_mend, state_dir, "", strerror(errno));
}

enum err
keyring_find_unpaired(const struct config *config,
    void (*visit)(const char *kid, const char *fault, void *arg), void *arg)
{
	const char *state_dir = config->state_dir;
	struct walk walk = { .state_dir = state_dir, .visit = visit, .arg = arg };

	if (keyring_find_begun(state_dir, &walk.signs_at) &&
	    keyring_visit(state_dir, KEY_PLACE_PRIVATE, visit_private, &walk) &&
	    keyring_visit(state_dir, KEY_PLACE_PUBLIC, visit_public, &walk))
		return ERR_OK;
	return keyring_fail("cannot look for signing keys", state_dir, "", strerror(errno));
}
