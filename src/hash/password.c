/* password: makes and checks stored password hashes; nothing else does. */
#include "hash/password.h"

#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "hash/scrypt.h"
#include "text/precis.h"

enum {
	/* $2b$NN$ and 53 characters: 22 of salt, 31 of hash. */
	BCRYPT_COST_AT = sizeof("$2b$") - 1,
	BCRYPT_SALT_AT = sizeof("$2b$NN$") - 1,
	BCRYPT_LEN = BCRYPT_SALT_AT + 53,
	BCRYPT_COST_MIN = 4,
	BCRYPT_COST_MAX = 16,
	BCRYPT_KEY_LEN = 72,	/* bcrypt reads no further */

	/* Preparing makes a third of a text at least: nothing longer is worth the work. */
	TYPED_BYTES_MAX = 3 * PASSWORD_BYTES_MAX,
};

/* What follows the kind in the hashes of nobody: any salt, and a hash that no password has. */
static const char nobodys_scrypt[] = "YmVhcndhcmQ6IG5vYm9keQ==$"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
static const char nobodys_bcrypt[] = "bearward.nobody......u...............................";

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

/* The hash to compute when there is no usable stored one. Any salt takes the same time. */
static struct scrypt
dummy(const struct config *config)
{
	struct scrypt scrypt = at_configured_cost(config);

	memcpy(scrypt.salt, "bearward: nobody", sizeof(scrypt.salt));
	return scrypt;
}

/* Computes a hash also when stored is unusable, or prepared is NULL (refused). */
static enum err
check_scrypt(const struct config *config, struct hasher *hasher, const char *stored,
    const struct password *password, bool *outdated)
{
	const char *prepared = password->prepared;
	struct scrypt known = {0}, computed;
	bool is_usable = scrypt_parse(stored, &known);
	bool is_equal;
	enum err err;

	if (!is_usable)
		known = dummy(config);
	computed = known;
	err = hasher_scrypt(hasher, password->source, prepared == NULL ? "" : prepared,
	    &computed);
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

struct bcrypt {
	const char *stored;
	char key[BCRYPT_KEY_LEN + 1];
	struct crypt_data data;
};

/* Returns ERR_CREDENTIALS when the password is wrong. */
static enum err
try_bcrypt(void *arg)
{
	struct bcrypt *bcrypt = arg;
	const char *computed;

	/* Unlike crypt_r(), it returns NULL on failure, and sanitizers do not intercept it. */
	computed = crypt_rn(bcrypt->key, bcrypt->stored, &bcrypt->data, (int)sizeof(bcrypt->data));
	if (computed == NULL) {
		log_event(LEVEL_ERROR, "cannot check a bcrypt hash",
		    LOG_TEXT("reason", strerror(errno)));
		return errno == ENOMEM ? ERR_OVERLOADED : ERR_INTERNAL;
	}
	if (strlen(computed) == BCRYPT_LEN && secret_equal(computed, bcrypt->stored, BCRYPT_LEN))
		return ERR_OK;
	return ERR_CREDENTIALS;
}

/*
 * Checks the bytes that were typed, because the system that made the hash did not prepare them. It
 * does not try the prepared form as well: the time of a second hash would show.
 */
static enum err
check_bcrypt(struct hasher *hasher, const char *stored, const struct password *password,
    bool *outdated)
{
	struct bcrypt *bcrypt = calloc(1, sizeof(*bcrypt));	/* owned, secret; large */
	enum err err;

	if (bcrypt == NULL)
		return ERR_OVERLOADED;
	bcrypt->stored = stored;
	/* Truncated here, because crypt_rn() fails on longer passwords instead of truncating. */
	snprintf(bcrypt->key, sizeof(bcrypt->key), "%s", password->typed);
	err = hasher_run(hasher, password->source, 0, try_bcrypt, bcrypt);
	/* A longer password may have a typo in what bcrypt did not read; do not hash that. */
	*outdated = err == ERR_OK && strlen(password->typed) <= BCRYPT_KEY_LEN;
	secret_wipe(bcrypt, sizeof(*bcrypt));
	free(bcrypt);
	return err;
}

enum err
password_prepare(const char *typed, const char *source, struct password *password)
{
	enum err err;

	*password = (struct password){ .typed = typed, .source = source };
	password->is_too_long = strlen(typed) > TYPED_BYTES_MAX;
	if (password->is_too_long)
		return ERR_OK;
	err = precis_password(typed, &password->prepared);
	if (err == ERR_OK && strlen(password->prepared) > PASSWORD_BYTES_MAX) {
		password->is_too_long = true;
		secret_free(password->prepared);
		password->prepared = NULL;
	}
	return err == ERR_REFUSED ? ERR_OK : err;
}

void
password_clear(struct password *password)
{
	secret_free(password->prepared);
	*password = (struct password){0};
}

enum err
password_hash(const struct config *config, struct hasher *hasher, const struct password *password,
    char stored[PASSWORD_STORED_SIZE])
{
	struct scrypt scrypt = at_configured_cost(config);
	enum err err;

	stored[0] = '\0';
	if (password->prepared == NULL)
		return ERR_REFUSED;
	if ((err = secret_random(scrypt.salt, sizeof(scrypt.salt))) != ERR_OK)
		goto out;
	if ((err = hasher_scrypt(hasher, password->source, password->prepared, &scrypt)) != ERR_OK)
		goto out;
	scrypt_format(&scrypt, stored);
out:
	secret_wipe(&scrypt, sizeof(scrypt));
	return err;
}

enum err
password_check(const struct config *config, struct hasher *hasher, const char *stored,
    const struct password *password, bool *outdated)
{
	*outdated = false;
	if (password->is_too_long)
		return ERR_CREDENTIALS;
	if (is_bcrypt(stored))
		return check_bcrypt(hasher, stored, password, outdated);
	return check_scrypt(config, hasher, stored, password, outdated);
}

enum err
password_refuse(const struct config *config, struct hasher *hasher, const char *kind,
    const struct password *password)
{
	const bool is_scrypt = strncmp(kind, "$s1$", sizeof("$s1$") - 1) == 0;
	char stored[PASSWORD_KIND_SIZE + PASSWORD_STORED_SIZE];
	bool outdated;
	enum err err;

	snprintf(stored, sizeof(stored), "%s%s", kind,
	    is_scrypt ? nobodys_scrypt : nobodys_bcrypt);
	err = password_check(config, hasher, stored, password, &outdated);
	return err == ERR_OK ? ERR_CREDENTIALS : err;
}

bool
password_kind(const char *stored, char kind[PASSWORD_KIND_SIZE])
{
	struct scrypt scrypt = {0};
	const bool is_scrypt = scrypt_parse(stored, &scrypt);

	kind[0] = '\0';
	if (is_scrypt)
		snprintf(kind, PASSWORD_KIND_SIZE, "$s1$%02lx%02lx%02lx$", scrypt.log2_n, scrypt.r,
		    scrypt.p);
	else if (is_bcrypt(stored))
		snprintf(kind, PASSWORD_KIND_SIZE, "%.*s", (int)BCRYPT_SALT_AT, stored);
	secret_wipe(&scrypt, sizeof(scrypt));
	return kind[0] != '\0';
}

bool
password_is_checkable(const char *stored)
{
	char kind[PASSWORD_KIND_SIZE];

	return password_kind(stored, kind);
}
