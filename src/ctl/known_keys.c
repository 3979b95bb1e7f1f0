/* known_keys: the keys that there are, as commands tell of them. */
#include "ctl/known_keys.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account/manage.h"

static void
add(const struct manage_key *key, void *arg)
{
	struct known_keys *known = arg;
	struct known_key *added = &known->list[known->count];

	if (known->count == KNOWN_KEYS_MAX)
		return;
	known->count++;
	*added = (struct known_key){
		.alg = key_alg(key->key), .state = key->state,
		.created_at = key_created_at(key->key), .signs_at = key_signs_at(key->key),
		.gone_at = key->gone_at,
	};
	snprintf(added->kid, sizeof(added->kid), "%s", key_id(key->key));
}

bool
known_keys_read(struct ctl *ctl, struct known_keys *known)
{
	static const struct resource *const resources[] = { &resource_keys_signing, NULL };

	known->count = 0;
	if (ctl->service.keyring == NULL) {
		ctl->resources = resources;
		if (service_open(&ctl->config, resources, &ctl->service) != ERR_OK)
			return false;
	}
	/* Since the command began, it may have waited for a key to sign. */
	known->now = ctl->context.now = time(NULL);
	manage_list_keys(&ctl->context, add, known);
	return known->count > 0;
}

const struct known_key *
known_keys_find(const struct known_keys *known, const char *kid)
{
	for (size_t i = 0; i < known->count; i++)
		if (strcmp(known->list[i].kid, kid) == 0)
			return &known->list[i];
	return NULL;
}

const struct known_key *
known_keys_find_signing(const struct known_keys *known)
{
	for (size_t i = 0; i < known->count; i++)
		if (known->list[i].state == KEY_SIGNING)
			return &known->list[i];
	return NULL;
}

const struct known_key *
known_keys_find_before(const struct known_keys *known, const struct known_key *key)
{
	return key + 1 < known->list + known->count ? key + 1 : NULL;
}

const struct known_key *
known_keys_find_after(const struct known_keys *known, const struct known_key *key)
{
	return key > known->list ? key - 1 : NULL;
}

const char *
known_keys_path(const struct ctl *ctl, const struct known_key *key, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s/%s", ctl->config.state_dir,
	    key_alg_is_asymmetric(key->alg) ? "signing" : "keys", key->kid);
	return path;
}
