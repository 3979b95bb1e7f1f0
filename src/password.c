/* password: stored password hashes are made and checked here, and nowhere else. */
#include "password.h"

#include <crypt.h>
#include <errno.h>
#include <libscrypt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "hash_slot.h"
#include "log.h"
#include "precis.h"
#include "secret.h"
#include "text.h"

enum {
	SALT_TEXT_LEN = BASE64_SIZE(PASSWORD_SALT_LEN) - 1,
	HASH_TEXT_LEN = BASE64_SIZE(PASSWORD_HASH_LEN) - 1,

	/* Where the parts of $s1$NNrrpp$salt$hash begin. */
	COST_AT = sizeof("$s1$") - 1,
	COST_LEN = 6,
	SALT_AT = COST_AT + COST_LEN + 1,
	HASH_AT = SALT_AT + SALT_TEXT_LEN + 1,
	STORED_LEN = HASH_AT + HASH_TEXT_LEN,

	/* $2b$NN$ and 53 characters: 22 of salt, 31 of hash. */
	BCRYPT_COST_AT = sizeof("$2b$") - 1,
	BCRYPT_SALT_AT = sizeof("$2b$NN$") - 1,
	BCRYPT_LEN = BCRYPT_SALT_AT + 53,
	BCRYPT_COST_MIN = 4,
	BCRYPT_COST_MAX = 16,
	BCRYPT_KEY_LEN = 72,	/* bcrypt reads no further */
};

_Static_assert((int)STORED_LEN < (int)PASSWORD_STORED_SIZE, "a stored hash fits");

static struct scrypt_hash
at_configured_cost(const struct config *config)
{
	return (struct scrypt_hash){
		.log2_n = config->scrypt_log2_n,
		.r = config->scrypt_r,
		.p = config->scrypt_p,
		.salt_len = PASSWORD_SALT_LEN,
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

/* password_scrypt() in its turn. */
static enum err
scrypt_in_slot(const struct config *config, const char *password, struct scrypt_hash *scrypt)
{
	enum err err;
	int slot;

	if ((err = slot_acquire(config, &slot)) != ERR_OK)
		return err;
	err = password_scrypt(password, scrypt);
	hash_slot_release(slot);
	return err;
}

static void
format_scrypt(const struct scrypt_hash *scrypt, char stored[PASSWORD_STORED_SIZE])
{
	char salt[SALT_TEXT_LEN + 1], hash[HASH_TEXT_LEN + 1];

	(void)text_encode_base64(BASE64_STANDARD, scrypt->salt, sizeof(scrypt->salt), salt);
	(void)text_encode_base64(BASE64_STANDARD, scrypt->hash, sizeof(scrypt->hash), hash);
	(void)snprintf(stored, PASSWORD_STORED_SIZE, "$s1$%02lx%02lx%02lx$%s$%s",
	    scrypt->log2_n, scrypt->r, scrypt->p, salt, hash);
	secret_wipe(hash, sizeof(hash));
}

static bool
parse_cost(const char *digits, struct scrypt_hash *scrypt)
{
	unsigned long log2_n, r, p;

	if (strspn(digits, "0123456789abcdefABCDEF") != COST_LEN)
		return false;
	if (sscanf(digits, "%2lx%2lx%2lx", &log2_n, &r, &p) != 3)
		return false;
	scrypt->log2_n = (long)log2_n;
	scrypt->r = (long)r;
	scrypt->p = (long)p;
	return cost_is_possible(scrypt->log2_n, scrypt->r, scrypt->p);
}

/* Decodes base64 of exactly len bytes. */
static bool
parse_bytes(const char *text, size_t text_len, unsigned char *bytes, size_t len)
{
	size_t decoded;

	if (text_decode_base64(BASE64_STANDARD, text, text_len, bytes, len, &decoded) != ERR_OK)
		return false;
	return decoded == len;
}

static bool
parse_scrypt(const char *stored, struct scrypt_hash *scrypt)
{
	if (strlen(stored) != STORED_LEN || strncmp(stored, "$s1$", COST_AT) != 0)
		return false;
	if (stored[SALT_AT - 1] != '$' || stored[HASH_AT - 1] != '$')
		return false;

	scrypt->salt_len = PASSWORD_SALT_LEN;
	return parse_cost(stored + COST_AT, scrypt) &&
	    parse_bytes(stored + SALT_AT, SALT_TEXT_LEN, scrypt->salt, sizeof(scrypt->salt)) &&
	    parse_bytes(stored + HASH_AT, HASH_TEXT_LEN, scrypt->hash, sizeof(scrypt->hash));
}

/* The hash of a user nobody has, or whose stored text is unusable: any salt costs the same. */
static struct scrypt_hash
dummy(const struct config *config)
{
	struct scrypt_hash scrypt = at_configured_cost(config);

	memcpy(scrypt.salt, "bearward: nobody", sizeof(scrypt.salt));
	return scrypt;
}

/* stored NULL: nobody's; prepared NULL: refused by the profile. Both cost a hash all the same. */
static enum err
check_scrypt(const struct config *config, const char *stored, const char *prepared, bool *outdated)
{
	struct scrypt_hash known = {0}, computed;
	bool is_usable = stored != NULL && parse_scrypt(stored, &known);
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
	(void)snprintf(key, sizeof(key), "%s", password);
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

/* prepared NULL: the profile refuses the password, and only the bytes typed are tried. */
static enum err
check_bcrypt(const struct config *config, const char *stored, const char *password,
    const char *prepared, bool *outdated)
{
	struct crypt_data *data = NULL;		/* owned, secret; too large for a thread's stack */
	int slot = -1;
	enum err err = ERR_INTERNAL;

	if ((data = calloc(1, sizeof(*data))) == NULL)
		goto out;
	if ((err = slot_acquire(config, &slot)) != ERR_OK)
		goto out;
	err = try_bcrypt(stored, password, data);
	if (err == ERR_CREDENTIALS && prepared != NULL && strcmp(password, prepared) != 0)
		err = try_bcrypt(stored, prepared, data);
	if (err == ERR_OK)
		*outdated = true;
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
	struct scrypt_hash scrypt = at_configured_cost(config);
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
	format_scrypt(&scrypt, stored);
out:
	secret_wipe(&scrypt, sizeof(scrypt));
	secret_free(prepared);
	return err;
}

enum err
password_check(const struct config *config, const char *stored, const char *password,
    bool *outdated)
{
	char *prepared = NULL;		/* owned, secret; NULL: the profile refuses the password */
	enum err err;

	*outdated = false;
	if (strlen(password) > PASSWORD_BYTES_MAX)
		return ERR_CREDENTIALS;
	err = precis_password(password, &prepared);
	if (err != ERR_OK && err != ERR_REFUSED)
		return err;

	if (stored != NULL && is_bcrypt(stored))
		err = check_bcrypt(config, stored, password, prepared, outdated);
	else
		err = check_scrypt(config, stored, prepared, outdated);
	secret_free(prepared);
	return err;
}

enum err
password_scrypt(const char *password, struct scrypt_hash *scrypt)
{
	if (libscrypt_scrypt((const uint8_t *)password, strlen(password), scrypt->salt,
	    scrypt->salt_len, (uint64_t)1 << scrypt->log2_n, (uint32_t)scrypt->r,
	    (uint32_t)scrypt->p, scrypt->hash, sizeof(scrypt->hash)) == 0)
		return ERR_OK;

	log_event(LEVEL_ERROR, "cannot make a scrypt hash", LOG_TEXT("reason", strerror(errno)));
	return ERR_INTERNAL;
}
