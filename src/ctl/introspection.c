/* introspection: bearward introspection add, list, remove. */
#include <json-c/json.h>
#include <stdio.h>

#include "account/introspector.h"
#include "base/secret.h"
#include "ctl/ctl.h"

enum status
ctl_introspection_add(struct ctl *ctl)
{
	char shown[CTL_SHOWN_SIZE], secret[INTROSPECTOR_SECRET_SIZE] = "";
	enum err err;

	if (!ctl_open(ctl, ctl_writing))
		return STATUS_FAILED;
	err = introspector_add(&ctl->context, ctl->args[0], secret);
	ctl_show(ctl->args[0], shown);
	if (err == ERR_REFUSED)
		return ctl_fail("\"%s\" cannot be a name here: use 1 to %d letters, digits, '.', "
		    "'_' and '-'", shown, INTROSPECTOR_NAME_MAX);
	if (err == ERR_CONFLICT)
		return ctl_fail("there is a credential \"%s\" already; add one of another name, "
		    "let the service use that, and remove \"%s\"", shown, shown);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%s may ask at /introspect, with this secret, which is not shown again:\n%s\n",
	    shown, secret);
	secret_wipe(secret, sizeof(secret));
	return STATUS_DONE;
}

static void
print_as_asked(const char *name, int64_t created_at, void *arg)
{
	const struct ctl *ctl = arg;
	char when[CTL_TIME_SIZE];
	struct json_object *object;	/* owned */

	if (ctl->typed[OPT_JSON] == NULL) {
		printf("%s\t%s\n", name, ctl_show_time(created_at, when));
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "created_at", json_object_new_int64(created_at));
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

enum status
ctl_introspection_list(struct ctl *ctl)
{
	enum err err;

	if (!ctl_open(ctl, ctl_reading))
		return STATUS_FAILED;
	err = introspector_list(&ctl->context, print_as_asked, ctl);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

enum status
ctl_introspection_remove(struct ctl *ctl)
{
	char shown[CTL_SHOWN_SIZE];
	enum err err;

	if (!ctl_open(ctl, ctl_writing))
		return STATUS_FAILED;
	err = introspector_remove(&ctl->context, ctl->args[0]);
	ctl_show(ctl->args[0], shown);
	if (err == ERR_CLIENT)
		return ctl_fail("there is no credential \"%s\"; see `bearward introspection list`",
		    shown);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%s: removed; its secret is refused from now on\n", shown);
	return STATUS_DONE;
}
