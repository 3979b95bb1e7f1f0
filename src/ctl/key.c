/* key: bearward key list, bearward key new. */
#include <json-c/json.h>
#include <stdio.h>

#include "account/manage.h"
#include "base/secret.h"
#include "ctl/ctl.h"

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

static void
print_as_asked(const struct key *key, void *arg)
{
	const struct ctl *ctl = arg;

	if (ctl->options & OPT_JSON)
		print_key_as_json(key);
	else
		print_key(key);
}

enum status
ctl_key_list(struct ctl *ctl)
{
	static const struct resource *const resources[] = { &resource_keys, NULL };

	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	manage_list_keys(&ctl->context, print_as_asked, ctl);
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
	err = manage_add_key(&ctl->context, secret, kid);
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
