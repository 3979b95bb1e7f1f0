/* key: bearward key list, bearward key new. */
#include "ctl/ctl.h"

#include <json-c/json.h>
#include <stdio.h>

#include "base/secret.h"
#include "token/keyring.h"

static void
print_key(const struct key *key, bool signs)
{
	char when[CTL_TIME_SIZE];

	printf("%s\t%s\t%s\n", key->kid, ctl_show_time(key->created_at.tv_sec, when),
	    signs ? "signs" : "verifies");
}

static void
print_key_as_json(const struct key *key, bool signs)
{
	struct json_object *object = json_object_new_object();	/* owned */

	json_object_object_add(object, "kid", json_object_new_string(key->kid));
	json_object_object_add(object, "created_at", json_object_new_int64(key->created_at.tv_sec));
	json_object_object_add(object, "signs", json_object_new_boolean(signs));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

enum status
ctl_key_list(struct ctl *ctl)
{
	struct service service;
	const struct key *key, *signing;

	if (!ctl_open(ctl, NEED_KEYS, &service))
		return STATUS_FAILED;
	signing = keyring_get_signing_key(service.keyring);
	for (size_t i = 0; (key = keyring_get(service.keyring, i)) != NULL; i++) {
		if (ctl->options & OPT_JSON)
			print_key_as_json(key, key == signing);
		else
			print_key(key, key == signing);
	}
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
