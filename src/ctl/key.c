/* key: bearward key list, bearward key new. */
#include "ctl/ctl.h"

#include <json-c/json.h>
#include <stdio.h>

#include "base/secret.h"
#include "token/keyring.h"

static void
print_key(const struct key *key)
{
	char when[CTL_TIME_SIZE];

	printf("%s\t%s\t%s\n", key_id(key), ctl_show_time(key_created_at(key), when),
	    key_role(key) == KEY_SIGNS ? "signs" : "verifies");
}

static void
print_key_as_json(const struct key *key)
{
	struct json_object *object = json_object_new_object();	/* owned */
	const int64_t created_at = key_created_at(key);

	json_object_object_add(object, "kid", json_object_new_string(key_id(key)));
	json_object_object_add(object, "created_at",
	    created_at == 0 ? NULL : json_object_new_int64(created_at));
	json_object_object_add(object, "signs",
	    json_object_new_boolean(key_role(key) == KEY_SIGNS));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

enum status
ctl_key_list(struct ctl *ctl)
{
	struct service service;
	const struct keys *keys;
	const struct key *key;

	if (!ctl_open(ctl, NEED_KEYS, &service))
		return STATUS_FAILED;
	keys = keyring_borrow(service.keyring);
	for (size_t i = 0; (key = keys_get(keys, i)) != NULL; i++) {
		if (ctl->options & OPT_JSON)
			print_key_as_json(key);
		else
			print_key(key);
	}
	keyring_return(service.keyring, keys);
	service_close(&service);
	return STATUS_DONE;
}

enum status
ctl_key_new(struct ctl *ctl)
{
	char *secret = NULL;	/* owned, secret; NULL: a random one is made */
	char kid[KEY_ID_SIZE];
	enum err err;

	if (!ctl_state_is_ours(ctl->config.state_dir))
		return STATUS_FAILED;
	if ((ctl->options & OPT_FROM_STDIN) && !ctl_read_key(&secret))
		return STATUS_FAILED;
	err = keyring_add(ctl->config.state_dir, secret, kid);
	secret_free(secret);
	if (err == ERR_REFUSED)
		return ctl_fail("a secret is one line of %d to %d printable ASCII characters; "
				"`openssl rand -hex 32` makes one", KEY_SECRET_MIN, KEY_SECRET_MAX);
	if (err == ERR_STORAGE)
		return ctl_fail("no key was added; the line above says why");
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("key %s signs from now on; older keys still verify\n", kid);
	return STATUS_DONE;
}
