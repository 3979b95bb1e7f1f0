/* introspection: bearward introspection add, list, remove. */
#include <json-c/json.h>
#include <stdio.h>

#include "account/introspector.h"
#include "base/secret.h"
#include "ctl/table.h"

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
	struct table *table = arg;
	char when[CTL_TIME_SIZE];
	struct json_object *object;	/* taken */

	if (!table->is_json) {
		table_add(table, (const char *const[]){ name, ctl_show_time(created_at, when) });
		return;
	}
	object = json_object_new_object();
	json_object_object_add(object, "name", json_object_new_string(name));
	json_object_object_add(object, "created_at", json_object_new_int64(created_at));
	ctl_print_object(object);
}

enum status
ctl_introspection_list(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_WHOLE }, { "MADE", TABLE_WHOLE },
	};
	struct table table;
	enum err err;

	if (!ctl_open(ctl, ctl_reading))
		return STATUS_FAILED;
	table_init(&table, ctl, columns, sizeof(columns) / sizeof(columns[0]));
	err = introspector_list(&ctl->context, print_as_asked, &table);
	table_flush(&table);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

enum status
ctl_introspection_remove(struct ctl *ctl)
{
	char shown[CTL_SHOWN_SIZE], question[CTL_SHOWN_SIZE + 64];
	enum err err;

	snprintf(question, sizeof(question), "Remove credential %s, for good?",
	    ctl_show(ctl->args[0], shown));
	if (!ctl_confirm(ctl, question) || !ctl_open(ctl, ctl_writing))
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
