/* manage_keys: what an administrator does with keys. */
#include "account/audit.h"
#include "account/manage.h"
#include "account/manage_internal.h"

/* So that a setting leads to an algorithm. */
_Static_assert((int)SIGNING_ALG_EDDSA - (int)SIGNING_ALG_HS256 == (int)KEY_EDDSA,
    "both have one order");

static void
tell_of_key(const struct context *context, const char *event, const char *kid)
{
	audit_key(context, event, kid);
	manage_tell_audit(context, event, kid);
}

enum err
manage_prepare_keys(struct context *context, enum key_alg alg, char kid[KEY_ID_SIZE])
{
	enum err err = keyring_prepare(context->service->config, alg, kid);

	if (err == ERR_OK && *kid != '\0')
		tell_of_key(context, "key added", kid);
	return err;
}

enum err
manage_add_key(struct context *context, const struct keyring_new *new, char kid[KEY_ID_SIZE])
{
	enum err err = keyring_add(context->service->config, new, kid);

	if (err == ERR_OK)
		tell_of_key(context, "key added", kid);
	return err;
}

enum err
manage_find_unpaired_keys(struct context *context,
    void (*visit)(const char *kid, const char *fault, void *arg), void *arg)
{
	return keyring_find_unpaired(context->service->config, visit, arg);
}

enum err
manage_find_keys(struct context *context, bool *has_any)
{
	return keyring_find_any(context->service->config, has_any);
}

enum err
manage_remove_all_keys(struct context *context)
{
	enum err err = keyring_remove_all(context->service->config);

	if (err == ERR_OK)
		audit_key(context, "all keys removed", "*");
	return err;
}

enum err
manage_remove_key(struct context *context, const char *kid, enum keyring_last last)
{
	enum err err = keyring_remove(context->service->config, kid, last);

	if (err == ERR_OK)
		tell_of_key(context, "key removed", kid);
	return err;
}

/* What is told of each key that is gone, and to whom. */
struct going {
	const struct context *context;
	void (*visit)(const char *kid, void *arg);
	void *arg;
};

static void
tell_of_gone_key(const char *kid, void *arg)
{
	const struct going *going = arg;

	tell_of_key(going->context, "key removed", kid);
	going->visit(kid, going->arg);
}

enum err
manage_remove_gone_keys(struct context *context, void (*visit)(const char *kid, void *arg),
    void *arg)
{
	struct going going = { context, visit, arg };

	return keyring_remove_gone(context->service->config, context->now, tell_of_gone_key,
	    &going);
}

enum key_alg
manage_choose_alg(struct context *context)
{
	const struct config *config = context->service->config;
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring == NULL ? NULL : keyring_borrow(keyring);
	enum key_alg alg = config->dialect->signs_with_secret ? KEY_HS256 : KEY_ES256;

	if (config->signing_alg != SIGNING_ALG_AUTO)
		alg = (enum key_alg)(config->signing_alg - SIGNING_ALG_HS256);
	else if (keys != NULL)
		alg = key_alg(keys_get_signing(keys, context->now));
	if (keys != NULL)
		keyring_return(keyring, keys);
	return alg;
}

void
manage_list_keys(struct context *context,
    void (*visit)(const struct manage_key *key, void *arg), void *arg)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);
	struct manage_key told;

	for (size_t i = 0; keys != NULL && (told.key = keys_get(keys, i)) != NULL; i++) {
		told.state = keys_state(keys, i, context->now);
		told.gone_at = keys_gone_at(keys, i);
		visit(&told, arg);
	}
	keyring_return(keyring, keys);
}
