/* password: stored password hashes are made and checked here, and nowhere else. */
#include "password.h"

#include <crypt.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash_slot.h"
#include "log.h"
#include "precis.h"
#include "scrypt.h"
#include "secret.h"

enum {
	/* $2b$NN$ and 53 characters: 22 of salt, 31 of hash. */
	BCRYPT_COST_AT = sizeof("$2b$") - 1,
	BCRYPT_SALT_AT = sizeof("$2b$NN$") - 1,
	BCRYPT_LEN = BCRYPT_SALT_AT + 53,
	BCRYPT_COST_MIN = 4,
	BCRYPT_COST_MAX = 16,
	BCRYPT_KEY_LEN = 72,	/* bcrypt reads no further */
};

_Static_assert((int)PASSWORD_STORED_SIZE >= (int)SCRYPT_TEXT_SIZE, "a stored hash fits");

static struct scrypt
at_configured_cost(const struct config *config)
{
	return (struct scrypt){
		.log2_n = config->scrypt_log2_n,
		.r = config->scrypt_r,
		.p = config->scrypt_p,
		.salt_len = SCRYPT_SALT_LEN,
	};
}

static enum err
slot_acquire(const struct config *config, int *slot)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/hash.slots", config->state_dir);

	*slot = -1;
	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_STORAGE;
	return hash_slot_acquire(path, config->hash_slots, config->hash_wait, slot);
}

/* scrypt_compute() in its turn. */
static enum err
scrypt_in_slot(const struct config *config, const char *password, struct scrypt *scrypt)
{
	enum err err;
	int slot;

	if ((err = slot_acquire(config, &slot)) != ERR_OK)
		return err;
	err = scrypt_compute(password, scrypt);
	hash_slot_release(slot);
	return err;
}

/* The hash of a user nobody has, or whose stored text is unusable: any salt costs the same. */
static struct scrypt
dummy(const struct config *config)
{
	struct scrypt scrypt = at_configured_cost(config);

	memcpy(scrypt.salt, "bearward: nobody", sizeof(scrypt.salt));
	return scrypt;
}

/* stored NULL: nobody's; prepared NULL: refused by the profile. Both cost a hash all the same. */
static enum err
check_scrypt(const struct config *config, const char *stored, const char *prepared, bool *outdated)
{
	struct scrypt known = {0}, computed;
	bool is_usable = stored != NULL && scrypt_parse(stored, &known);
	bool is_equal;
	enum err err;

	if (!is_usable)
		known = dummy(config);
	computed = known;
	err = scrypt_in_slot(config, prepared == NULL ? "" : prepared, &computed);
	is_equal = secret_equal(computed.hash, known.hash, sizeof(known.hash));
	if (err == ERR_OK && (!is_equal || !is_usable || prepared == NULL))
		err = ERR_CREDENTIALS;
	if (err == ERR_OK)
		*outdated = known.log2_n != config->scrypt_log2_n ||
		    known.r != config->scrypt_r || known.p != config->scrypt_p;

	secret_wipe(&known, sizeof(known));
	secret_wipe(&computed, sizeof(computed));
	return err;
}

static bool
is_bcrypt(const char *stored)
{
	static const char alphabet[] =
	    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const char *digits = stored + BCRYPT_COST_AT;
	int cost;

	if (strlen(stored) != BCRYPT_LEN || strncmp(stored, "$2", 2) != 0)
		return false;
	if (strchr("aby", stored[2]) == NULL || stored[3] != '$')
		return false;
	if (strspn(digits, "0123456789") != 2 || digits[2] != '$')
		return false;
	if (strspn(stored + BCRYPT_SALT_AT, alphabet) != BCRYPT_LEN - BCRYPT_SALT_AT)
		return false;

	cost = (digits[0] - '0') * 10 + digits[1] - '0';
	return cost >= BCRYPT_COST_MIN && cost <= BCRYPT_COST_MAX;
}

static enum err
try_bcrypt(const char *stored, const char *password, struct crypt_data *data)
{
	char key[BCRYPT_KEY_LEN + 1];
	const char *computed;
	enum err err = ERR_CREDENTIALS;

	/* Cut here: crypt_rn() fails on what is far too long instead of ignoring the rest. */
	snprintf(key, sizeof(key), "%s", password);
	memset(data, 0, sizeof(*data));
	/* Like crypt_r(), but NULL where that makes up a text; and left alone by sanitizers. */
	computed = crypt_rn(key, stored, data, (int)sizeof(*data));
	if (computed == NULL) {
		log_event(LEVEL_ERROR, "cannot check a bcrypt hash",
		    LOG_TEXT("reason", strerror(errno)));
		err = ERR_INTERNAL;
	} else if (strlen(computed) == BCRYPT_LEN && secret_equal(computed, stored, BCRYPT_LEN)) {
		err = ERR_OK;
	}
	secret_wipe(key, sizeof(key));
	return err;
}

/* The very bytes typed, once: their first owner knew no profile, and a second try would tell. */
static enum err
check_bcrypt(const struct config *config, const char *stored, const char *password,
    bool *outdated)
{
	struct crypt_data *data = NULL;		/* owned, secret; too large for a stack */
	int slot = -1;
	enum err err = ERR_INTERNAL;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		goto out;
	if ((err = slot_acquire(config, &slot)) != ERR_OK)
		goto out;
	err = try_bcrypt(stored, password, data);
	/* What bcrypt did not read may be a slip, which must not become the password. */
	*outdated = err == ERR_OK && strlen(password) <= BCRYPT_KEY_LEN;
out:
	hash_slot_release(slot);
	secret_wipe(data, sizeof(*data));
	free(data);
	return err;
}

enum err
password_hash(const struct config *config, const char *password,
    char stored[PASSWORD_STORED_SIZE])
{
	struct scrypt scrypt = at_configured_cost(config);
	char *prepared = NULL;		/* owned, secret */
	enum err err = ERR_REFUSED;

	stored[0] = '\0';
	if (strlen(password) > PASSWORD_BYTES_MAX)
		goto out;
	if ((err = precis_password(password, &prepared)) != ERR_OK)
		goto out;
	if ((err = secret_random(scrypt.salt, sizeof(scrypt.salt))) != ERR_OK)
		goto out;
	if ((err = scrypt_in_slot(config, prepared, &scrypt)) != ERR_OK)
		goto out;
	scrypt_format(&scrypt, stored);
out:
	secret_wipe(&scrypt, sizeof(scrypt));
	secret_free(prepared);
	return err;
}

enum err
password_check(const struct config *config, const char *stored, const char *password,
    bool *outdated)
{
	char *prepared = NULL;		/* owned, secret; NULL: refused by the profile */
	enum err err;

	*outdated = false;
	if (strlen(password) > PASSWORD_BYTES_MAX)
		return ERR_CREDENTIALS;
	err = precis_password(password, &prepared);
	if (err != ERR_OK && err != ERR_REFUSED)
		return err;

	if (stored != NULL && is_bcrypt(stored))
		err = check_bcrypt(config, stored, password, outdated);
	else
		err = check_scrypt(config, stored, prepared, outdated);
	secret_free(prepared);
	return err;
}

bool
password_is_checkable(const char *stored)
{
	struct scrypt scrypt = {0};
	bool is_scrypt = scrypt_parse(stored, &scrypt);

	secret_wipe(&scrypt, sizeof(scrypt));
	return is_scrypt || is_bcrypt(stored);
}
