/* jwks: the public keys, as programs that check tokens themselves read them. */
#include "account/jwks.h"

#include <json-c/json.h>

#include "account/service.h"
#include "text/json.h"
#include "token/keyring.h"

static enum err
append(struct json_object *list, const struct key *key)
{
	struct json_object *jwk = NULL;	/* taken */
	enum err err = key_jwk(key, &jwk);

	/* A secret has no public key. */
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

enum err
jwks_get(struct context *context, char **text)
{
	struct keyring *keyring = context->service->published;
	const struct keys *keys = keyring_borrow(keyring);
	enum err err;

	*text = NULL;
	if (keys == NULL)
		return ERR_SETUP;
	err = jwks_write(keys, context->now, text);
	keyring_return(keyring, keys);
	return err;
}
