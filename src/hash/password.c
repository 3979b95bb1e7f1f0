/* password: makes and checks stored password hashes; nothing else does. */
#include "hash/password.h"

#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "config/cost.h"
#include "hash/scheme.h"
#include "hash/scrypt.h"
#include "text/precis.h"

/* Preparing makes a third of a text at least: nothing longer is worth the work. */
enum { TYPED_BYTES_MAX = 3 * PASSWORD_BYTES_MAX };

/* What follows the kind in a hash of nobody: any salt, and a hash that no password has. */
static const char nobodys_scrypt[] = "YmVhcndhcmQ6IG5vYm9keQ==$"
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

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

/*
 * A hash that is dearer than what is configured stays: it would be easier to guess. One that is
 * equal in strength stays as well, or hosts with different settings would replace it in turns.
 */
static bool
is_too_cheap(const struct config *config, const struct scrypt *scrypt)
{
	const struct cost wanted = {
		config->scrypt_log2_n, config->scrypt_r, config->scrypt_p
	};
	const struct cost known = { scrypt->log2_n, scrypt->r, scrypt->p };

	return cost_is_dearer(&wanted, &known);
}

/* The hash to compute when there is no usable stored one. Any salt takes the same time. */
static struct scrypt
dummy(const struct config *config)
{
	struct scrypt scrypt = at_configured_cost(config);

	memcpy(scrypt.salt, "bearward: nobody", SCRYPT_SALT_LEN);
	return scrypt;
}

/* Computes a hash also when stored is unusable, or prepared is NULL (refused). */
static enum err
check_scrypt(const struct config *config, struct hasher *hasher, const char *stored,
    const struct password *password, struct password_check *result)
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
		result->is_outdated = is_too_cheap(config, &known);

	secret_wipe(&known, sizeof(known));
	secret_wipe(&computed, sizeof(computed));
	return err;
}

/* Tries one form of a password after the other, as long as they are wrong. */
static enum err
check_foreign(struct hasher *hasher, const struct scheme_hash *known,
    const struct password *password, struct password_check *result)
{
	const char *const forms[] = {
		password->typed,
		password->prepared != NULL ? password->prepared : password->composed,
		password->decomposed,
	};
	enum err err = ERR_CREDENTIALS;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && err == ERR_CREDENTIALS; i++) {
		bool is_new = forms[i] != NULL;

		for (size_t j = 0; j < i && is_new; j++)
			is_new = forms[j] == NULL || strcmp(forms[i], forms[j]) != 0;
		if (!is_new)
			continue;
		err = scheme_check(hasher, password->source, known, forms[i]);
		result->was_wrong = result->was_wrong || err == ERR_CREDENTIALS;
		/* A longer one may have a typo in what was not read; do not hash that. */
		result->is_outdated = err == ERR_OK && scheme_reads_all(known, forms[i]);
	}
	return err;
}

/* Makes the forms that other programs may have hashed. A text that is not UTF-8 has none. */
static enum err
add_forms(struct password *password)
{
	enum err err = ERR_OK;

	if (password->prepared == NULL)
		err = precis_compose(password->typed, &password->composed);
	if (err == ERR_OK)
		err = precis_decompose(password->typed, &password->decomposed);
	return err == ERR_REFUSED ? ERR_OK : err;
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
	if (err != ERR_OK && err != ERR_REFUSED)
		return err;
	return password->is_too_long ? ERR_OK : add_forms(password);
}

void
password_clear(struct password *password)
{
	secret_free(password->prepared);
	secret_free(password->composed);
	secret_free(password->decomposed);
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
	if ((err = secret_random(scrypt.salt, SCRYPT_SALT_LEN)) != ERR_OK)
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
    const struct password *password, struct password_check *result)
{
	struct scheme_hash known = {0};		/* secret */
	enum err err;

	*result = (struct password_check){0};
	if (password->is_too_long)
		return ERR_CREDENTIALS;
	if (scheme_parse(stored, &known))
		err = check_foreign(hasher, &known, password, result);
	else
		err = check_scrypt(config, hasher, stored, password, result);
	secret_wipe(&known, sizeof(known));
	return err;
}

enum err
password_refuse(const struct config *config, struct hasher *hasher, const char *kind,
    const struct password *password, struct password_check *result)
{
	char stored[PASSWORD_KIND_SIZE + PASSWORD_STORED_SIZE];
	struct scheme_hash nobodys;
	enum err err;

	*result = (struct password_check){0};
	if (password->is_too_long)
		return ERR_CREDENTIALS;
	snprintf(stored, sizeof(stored), "%s%s", kind, nobodys_scrypt);
	if (scheme_make_nobodys(kind, &nobodys))
		err = check_foreign(hasher, &nobodys, password, result);
	else
		err = check_scrypt(config, hasher, stored, password, result);
	return err == ERR_OK ? ERR_CREDENTIALS : err;
}

bool
password_kind(const char *stored, char kind[PASSWORD_KIND_SIZE])
{
	struct scheme_hash foreign = {0};	/* secret */
	struct scrypt scrypt = {0};		/* secret */

	kind[0] = '\0';
	if (scrypt_parse(stored, &scrypt))
		snprintf(kind, PASSWORD_KIND_SIZE, "$s1$%02lx%02lx%02lx$", scrypt.log2_n, scrypt.r,
		    scrypt.p);
	else if (scheme_parse(stored, &foreign))
		memcpy(kind, foreign.kind, PASSWORD_KIND_SIZE);
	secret_wipe(&scrypt, sizeof(scrypt));
	secret_wipe(&foreign, sizeof(foreign));
	return kind[0] != '\0';
}

const char *
password_scheme(const char *stored)
{
	struct scheme_hash foreign = {0};	/* secret */
	struct scrypt scrypt = {0};		/* secret */
	const char *name = NULL;

	if (scrypt_parse(stored, &scrypt))
		name = "scrypt";
	else if (scheme_parse(stored, &foreign))
		name = scheme_name(&foreign);
	secret_wipe(&scrypt, sizeof(scrypt));
	secret_wipe(&foreign, sizeof(foreign));
	return name;
}

bool
password_scheme_is_weak(const char *scheme)
{
	return scheme_is_weak(scheme);
}

size_t
password_memory(const char *stored)
{
	struct scheme_hash foreign = {0};	/* secret */
	struct scrypt scrypt = {0};		/* secret */
	size_t memory = 0;

	if (scrypt_parse(stored, &scrypt))
		memory = (size_t)(128 * scrypt.r) << scrypt.log2_n;
	else if (scheme_parse(stored, &foreign))
		memory = foreign.memory;
	secret_wipe(&scrypt, sizeof(scrypt));
	secret_wipe(&foreign, sizeof(foreign));
	return memory;
}

bool
password_is_current(const struct config *config, const char *stored)
{
	struct scrypt scrypt = {0};		/* secret */
	const bool is_current = scrypt_parse(stored, &scrypt) &&
	    !is_too_cheap(config, &scrypt);

	secret_wipe(&scrypt, sizeof(scrypt));
	return is_current;
}

bool
password_is_checkable(const char *stored)
{
	return password_scheme(stored) != NULL;
}
