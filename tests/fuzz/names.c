/*
 * names: a user name or a password, in UTF-8. Each profile is idempotent: what it makes, it leaves
 * as it is. A name that is allowed has the key of what is shown of it, and is found by it. What is
 * refused is explained, and what is allowed is not.
 */
#include "fuzz.h"

#include <uninorm.h>

#include "base/secret.h"
#include "base/text.h"
#include "text/precis.h"
#include "text/username.h"

typedef enum err profile(const char *text, char **out);

static void
check_profile(profile *apply, const char *text)
{
	char *once = NULL, *twice = NULL;	/* owned */
	const enum err err = apply(text, &once);

	assert(err == ERR_OK || err == ERR_REFUSED);
	assert((err == ERR_OK) == (once != NULL));
	if (err == ERR_OK) {
		assert(*once != '\0' && fuzz_is_utf8(once, strlen(once)));
		assert(apply(once, &twice) == ERR_OK);
		assert(strcmp(once, twice) == 0);
	}
	secret_free(once);
	secret_free(twice);
}

/* Canonically equivalent texts are one text. */
static void
check_equivalent(profile *apply, const char *text)
{
	char *whole = NULL, *apart = NULL;	/* owned */
	size_t len = 0;
	char *decomposed = (char *)u8_normalize(UNINORM_NFD, (const uint8_t *)text,
	    strlen(text) + 1, NULL, &len);	/* owned */

	assert(decomposed != NULL);
	assert(apply(text, &whole) == apply(decomposed, &apart));
	assert((whole == NULL) == (apart == NULL));
	assert(whole == NULL || strcmp(whole, apart) == 0);
	free(decomposed);
	free(whole);
	free(apart);
}

static void
check_explained(const char *text)
{
	struct precis_refusal refusal;
	char *prepared = NULL;	/* owned */
	const enum err err = precis_password(text, &prepared);

	assert(precis_explain_password(text, &refusal) == err);
	assert((*refusal.words != '\0') == (err == ERR_REFUSED));
	free(prepared);
}

static void
check_again(const struct username *name, const char *typed)
{
	struct username again;
	bool is_same = false;

	assert(username_prepare(typed, &again) == ERR_OK);
	assert(strcmp(again.key, name->key) == 0);
	username_clear(&again);
	assert(username_compare(typed, name->key, &is_same) == ERR_OK && is_same);
}

static void
check_name(const char *typed)
{
	struct username name;
	struct faults faults = {0};
	char *key = NULL;	/* owned */
	const enum err err = username_prepare(typed, &name);

	assert(err == ERR_OK || err == ERR_REFUSED);
	assert(username_key(typed, &key) == ERR_OK);
	if (err == ERR_OK) {
		assert(strcmp(key, name.key) == 0);
		assert(strlen(name.shown) <= USERNAME_BYTES_MAX);
		assert(strlen(name.key) <= USERNAME_BYTES_MAX);
		assert(text_code_points(name.key) <= USERNAME_POINTS_MAX);
		assert(strchr(name.shown, ':') == NULL && strchr(name.key, ':') == NULL);
		check_again(&name, typed);
		check_again(&name, name.shown);
		check_again(&name, name.key);
		assert(username_explain(typed, &faults) == ERR_OK && faults.count == 0);
	} else {
		assert(username_explain(typed, &faults) == ERR_FIELDS && faults.count == 1);
		assert(strlen(faults.list[0].message) < FAULT_MESSAGE_SIZE - 1);
		assert(strcmp(key, typed) == 0);
		assert(name.shown == NULL && name.key == NULL);
	}
	username_clear(&name);
	free(key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	const bool is_utf8 = fuzz_is_utf8(text, size);

	assert(text_is_utf8(text, size) == is_utf8);
	if (is_utf8) {
		check_profile(precis_username, text);
		check_profile(precis_username_key, text);
		check_profile(precis_password, text);
		check_equivalent(precis_username, text);
		check_equivalent(precis_username_key, text);
		check_equivalent(precis_password, text);
		check_explained(text);
		check_name(text);
	}
	free(text);
	return 0;
}
