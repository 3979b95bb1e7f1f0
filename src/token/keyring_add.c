/* keyring_add: adds a new key, in files of its own, and later in order than those that sign. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "text/moment.h"
#include "token/key_evp.h"
#include "token/key_internal.h"
#include "token/keyring.h"
#include "token/keyring_internal.h"
#include "token/kid.h"
#include "token/thumbprint.h"

/*
 * In seconds. An asymmetric key is no older than the last that signs: the clock may be behind by
 * WAIT_MAX. The key before it signs until the new one is written and seen, by a clock that may
 * have been put back: its tokens live on for LEEWAY more.
 */
enum { WAIT_MAX = 5, LEEWAY = 60 };

static const char cannot_add[] = "cannot add a signing key";

/* What is there before anything is added. */
struct present {
	int64_t now;
	bool has_keys;		/* or anything else that a keyring would read */
	int64_t begun_at;	/* when the last in order began to sign; 0: none has */
};

/* Reads the life of the key of a file; whatever is amiss with it otherwise does not count. */
static struct key_life
read_life(int directory, enum key_place place, const char *name)
{
	const struct kid_moments moments = kid_moments(name);
	struct key_life life = {
		.signs_at = moments.signs_at != 0 ? moments.signs_at : moments.made_at,
		.is_to_wait = moments.signs_at != 0,
	};
	struct key *key = NULL;	/* owned */

	if (place == KEY_PLACE_SECRETS)
		return life;
	if (key_file_read(directory, place, name, NULL, &key) == NULL && key != NULL)
		life = *key_life(key);
	key_free(key);
	return life;
}

static bool
note_present(int directory, enum key_place place, const char *name, void *arg)
{
	const struct key_life life = read_life(directory, place, name);
	struct present *present = arg;

	present->has_keys = true;
	if ((!life.is_to_wait || life.signs_at <= present->now) &&
	    life.signs_at > present->begun_at)
		present->begun_at = life.signs_at;
	return true;
}

/* Looks at what is there. Returns false, with errno, if it cannot be read. */
static bool
look(const char *state_dir, struct present *present)
{
	*present = (struct present){ .now = time(NULL) };
	return keyring_visit(state_dir, KEY_PLACE_SECRETS, note_present, present) &&
	    keyring_visit(state_dir, KEY_PLACE_PRIVATE, note_present, present);
}

bool
keyring_find_begun(const char *state_dir, int64_t *begun_at)
{
	struct present present;
	const bool is_seen = look(state_dir, &present);

	*begun_at = present.begun_at;
	return is_seen;
}

static bool
count_one(int directory, enum key_place place, const char *name, void *count)
{
	(void)directory;
	(void)place;
	(void)name;
	++*(size_t *)count;
	return true;
}

/* Returns whether a keyring has room for one key more: with too many, no process starts. */
static bool
has_room(const char *state_dir)
{
	size_t counts[KEY_PLACES] = {0};

	for (enum key_place place = 0; place < KEY_PLACES; place++)
		(void)keyring_visit(state_dir, place, count_one, &counts[place]);
	return counts[KEY_PLACE_SECRETS] + counts[KEY_PLACE_PRIVATE] < KEYS_MAX &&
	    counts[KEY_PLACE_SECRETS] + counts[KEY_PLACE_PUBLIC] < KEYS_MAX;
}

/*
 * Says when a key is made, and when it signs: one for now is the last in order of those that have
 * begun, though the clock may have been put back, and two keys may be made within a second.
 */
static enum err
plan_life(const struct config *config, const struct keyring_new *new, struct key_life *life)
{
	struct present present;
	int64_t first;

	if (!look(config->state_dir, &present))
		return keyring_fail(cannot_add, config->state_dir, "", strerror(errno));
	first = present.begun_at < present.now ? present.now : present.begun_at + 1;
	*life = (struct key_life){
		.made_at = new->after == 0 && new->alg == KEY_HS256 ? first : present.now,
		.signs_at = new->after == 0 || present.now + new->after < first ?
		    first : present.now + new->after,
		.is_to_wait = new->after != 0 || key_alg_is_asymmetric(new->alg),
		.older_for = config->access_token_ttl + LEEWAY,
	};
	if (life->signs_at > MOMENT_LAST)
		return keyring_fail(cannot_add, config->state_dir, "",
		    "a key signs from the end of the year 9999; remove it");
	if (new->after == 0 && life->is_to_wait && first - present.now > WAIT_MAX)
		return keyring_fail(cannot_add, config->state_dir, "",
		    "the key that signs is of a later time than the clock shows; set the clock");
	return ERR_OK;
}

static enum err
pick_kid(const struct keyring_new *new, const struct key_life *life,
    const struct key_material *material, char kid[KEY_ID_SIZE])
{
	const struct kid_moments moments = {
		.made_at = life->made_at, .signs_at = life->is_to_wait ? life->signs_at : 0,
	};

	if (key_alg_is_asymmetric(new->alg))
		return thumbprint_of(key_algorithm_of(new->alg), material, kid);
	return kid_make(&moments, kid);
}

/* Makes the material of a new key: of its text, or at random. *material is owned. */
static enum err
make_material(const struct keyring_new *new, struct key_material **material)
{
	const struct key_algorithm *algorithm = key_algorithm_of(new->alg);

	if (new->text == NULL)
		return algorithm->generate(material);
	if (algorithm->read(new->text, strlen(new->text), KEY_PRIVATE, material) != NULL)
		return ERR_REFUSED;
	return ERR_OK;
}

/* Makes a key. An id that begins with "-" looks like an option: a random key has no such one. */
static enum err
make_key(const struct keyring_new *new, const struct key_life *life, struct key **key)
{
	struct key_material *material;	/* owned until it is given away */
	char kid[KEY_ID_SIZE] = "";
	enum err err;

	*key = NULL;
	do {
		if ((err = make_material(new, &material)) != ERR_OK)
			return err;
		err = pick_kid(new, life, material, kid);
		if (err == ERR_OK && (kid[0] != '-' || new->text != NULL)) {
			*key = key_new(kid, life, new->alg, material);
			return *key == NULL ? ERR_MEMORY : ERR_OK;
		}
		key_algorithm_of(new->alg)->free_material(material);
	} while (err == ERR_OK);
	return err;
}

/*
 * The public key first: what is signed, others must be able to check. Its dates come last: from
 * them others conclude what becomes of the keys before it, which sign on if this is cut off.
 */
static enum err
write_key(const char *state_dir, const struct key *key)
{
	const bool is_asymmetric = key_alg_is_asymmetric(key_alg(key));
	const enum key_place place = is_asymmetric ? KEY_PLACE_PRIVATE : KEY_PLACE_SECRETS;
	enum err err = ERR_OK;

	if (keyring_has_file(state_dir, place, key_id(key)))
		return ERR_CONFLICT;
	if (is_asymmetric)
		err = keyring_hold_public(cannot_add, state_dir, key);
	if (err == ERR_OK)
		err = keyring_write_file(cannot_add, state_dir, place, key);
	if (err == ERR_OK && is_asymmetric)
		err = keyring_write_file(cannot_add, state_dir, KEY_PLACE_PUBLIC, key);
	return err;
}

/* Adds a key; keys/ is locked. */
static enum err
add(const struct config *config, const struct keyring_new *new, char kid[KEY_ID_SIZE])
{
	struct key *key = NULL;	/* owned */
	struct key_life life;
	enum err err;

	if (!has_room(config->state_dir))
		return keyring_fail(cannot_add, config->state_dir, "",
		    "there are 64 keys already; remove old ones");
	if ((err = plan_life(config, new, &life)) == ERR_OK)
		err = make_key(new, &life, &key);
	if (err == ERR_OK)
		err = write_key(config->state_dir, key);
	if (err == ERR_OK)
		snprintf(kid, KEY_ID_SIZE, "%s", key_id(key));
	key_free(key);
	/* It signs once this returns: within a second or so, where two were made in one. */
	while (err == ERR_OK && new->after == 0 && life.is_to_wait && time(NULL) < life.signs_at)
		(void)usleep(10000);
	return err;
}

const char *
keyring_find_alg(const char *pem, enum key_alg *alg)
{
	for (int i = 0; i < KEY_ALGS; i++) {
		const struct key_algorithm *algorithm = key_algorithm_of((enum key_alg)i);
		struct key_material *material = NULL;	/* owned */
		const char *fault;

		if (!algorithm->is_asymmetric)
			continue;
		fault = algorithm->read(pem, strlen(pem), KEY_PRIVATE, &material);
		algorithm->free_material(material);
		*alg = (enum key_alg)i;
		if (fault != key_evp_other_type)
			return fault;
	}
	return "of a kind that signs no tokens here; make one of P-256, RSA or Ed25519";
}

const char *
keyring_find_fault(const struct keyring_new *new)
{
	const struct key_algorithm *algorithm = key_algorithm_of(new->alg);
	struct key_material *material = NULL;	/* owned */
	const char *fault = new->text == NULL ? NULL :
	    algorithm->read(new->text, strlen(new->text), KEY_PRIVATE, &material);

	algorithm->free_material(material);
	return fault;
}

/* Locks keys/ of state_dir. Returns -1, logged, on failure. */
static int
lock(const char *state_dir)
{
	int directory = keyring_lock(state_dir);

	if (directory < 0)
		(void)!keyring_fail(cannot_add, state_dir, "", strerror(errno));
	return directory;
}

enum err
keyring_add(const struct config *config, const struct keyring_new *new, char kid[KEY_ID_SIZE])
{
	int directory;
	enum err err;

	kid[0] = '\0';
	if (keyring_find_fault(new) != NULL)
		return ERR_REFUSED;
	if ((directory = lock(config->state_dir)) < 0)
		return ERR_STORAGE;
	err = add(config, new, kid);
	(void)close(directory);
	return err;
}

enum err
keyring_find_any(const struct config *config, bool *has_any)
{
	struct present present;
	int directory = key_place_make(config->state_dir, KEY_PLACE_SECRETS);
	bool is_read = directory >= 0 && look(config->state_dir, &present);
	const int error = errno;

	if (directory >= 0)
		(void)close(directory);
	*has_any = !is_read || present.has_keys;
	if (is_read)
		return ERR_OK;
	return keyring_fail("cannot look for signing keys", config->state_dir, "",
	    strerror(error));
}

/* Reads all keys as the service will: what it would refuse, it is better to hear of now. */
static enum err
read_all(const struct config *config)
{
	struct keyring *keyring = NULL;		/* owned */
	enum err err = keyring_open(config, KEYRING_SIGNS, &keyring);

	keyring_close(keyring);
	if (err == ERR_OK) {
		err = keyring_open(config, KEYRING_CHECKS, &keyring);
		keyring_close(keyring);
	}
	return err;
}

enum err
keyring_prepare(const struct config *config, enum key_alg alg, char kid[KEY_ID_SIZE])
{
	const struct keyring_new first = { .alg = alg };
	struct present present;
	int64_t begun_at;
	int directory;
	enum err err = ERR_OK;

	kid[0] = '\0';
	if ((directory = lock(config->state_dir)) < 0)
		return ERR_STORAGE;
	/* Who cannot see them all adds none: the reading that follows will tell. */
	if (look(config->state_dir, &present) && !present.has_keys)
		err = add(config, &first, kid);
	if (keyring_find_begun(config->state_dir, &begun_at))
		keyring_mend_pairs(config->state_dir, begun_at);
	(void)close(directory);
	return err == ERR_OK ? read_all(config) : err;
}
