/* jwks: the public keys, as programs that check tokens themselves read them. */
#include "account/jwks.h"

#include <json-c/json.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "account/service.h"
#include "text/json.h"
#include "token/keyring.h"

struct jwks {
	pthread_mutex_t mutex;	/* for what follows */
	uint64_t version;	/* of the keys that text was written of */
	char *text;		/* owned; NULL: none was written yet */
};

struct jwks *
jwks_new(void)
{
	struct jwks *jwks = calloc(1, sizeof(*jwks));

	if (jwks != NULL)
		(void)pthread_mutex_init(&jwks->mutex, NULL);
	return jwks;
}

void
jwks_free(struct jwks *jwks)
{
	if (jwks == NULL)
		return;
	(void)pthread_mutex_destroy(&jwks->mutex);
	free(jwks->text);
	free(jwks);
}

static enum err
append(struct json_object *list, const struct key *key)
{
	struct json_object *jwk = NULL;	/* taken */
	enum err err = key_jwk(key, &jwk);

	/* A secret has no public half. */
	if (err != ERR_OK || jwk == NULL)
		return err;
	if (json_object_array_add(list, jwk) == 0)
		return ERR_OK;
	json_object_put(jwk);
	return ERR_MEMORY;
}

static enum err
append_all(struct json_object *list, const struct keys *keys, int64_t now)
{
	const struct key *key;
	enum err err = ERR_OK;

	for (size_t i = 0; (key = keys_get(keys, i)) != NULL && err == ERR_OK; i++)
		if (keys_state(keys, i, now) != KEY_GONE)
			err = append(list, key);
	return err;
}

enum err
jwks_write(const struct keys *keys, int64_t now, char **text)
{
	struct json_object *set = json_object_new_object();	/* owned */
	struct json_object *list = json_object_new_array();	/* owned, or the set's */
	enum err err = ERR_MEMORY;

	*text = NULL;
	if (set == NULL || list == NULL || json_object_object_add(set, "keys", list) != 0) {
		json_object_put(list);
		goto out;
	}
	if ((err = append_all(list, keys, now)) == ERR_OK)
		err = json_write(set, text);
out:
	json_object_put(set);
	return err;
}

/* Copies what was written of the keys of that version, if it is still the last; else NULL. */
static char *
copy_last(struct jwks *jwks, uint64_t version)
{
	char *copy = NULL;

	(void)pthread_mutex_lock(&jwks->mutex);
	if (jwks->text != NULL && jwks->version == version)
		copy = strdup(jwks->text);
	(void)pthread_mutex_unlock(&jwks->mutex);
	return copy;
}

/* Keeps a copy. Without memory for one, the set is written anew next time. */
static void
keep(struct jwks *jwks, uint64_t version, const char *text)
{
	char *copy = strdup(text);	/* taken */

	(void)pthread_mutex_lock(&jwks->mutex);
	free(jwks->text);
	jwks->text = copy;
	jwks->version = version;
	(void)pthread_mutex_unlock(&jwks->mutex);
}

enum err
jwks_get(struct context *context, char **text)
{
	struct keyring *keyring = context->service->published;
	struct jwks *jwks = context->service->jwks;
	const struct keys *keys = keyring_borrow(keyring);
	uint64_t version;
	enum err err = ERR_OK;

	*text = NULL;
	if (keys == NULL)
		return ERR_SETUP;
	version = keys_version(keys, context->now);
	if (jwks != NULL)
		*text = copy_last(jwks, version);
	if (*text == NULL) {
		err = jwks_write(keys, context->now, text);
		if (err == ERR_OK && jwks != NULL)
			keep(jwks, version, *text);
	}
	keyring_return(keyring, keys);
	return err;
}
