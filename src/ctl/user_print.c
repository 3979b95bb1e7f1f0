/* user_print: prints a user for a person or a program to read. */
#include "ctl/user_print.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "text/groups.h"

static const char *
state_of(const struct user *user)
{
	return user->is_active ? "active" : "disabled";
}

const struct table_column user_print_columns[USER_PRINT_COLUMNS] = {
	{ "ID", TABLE_NUMBER }, { "NAME", TABLE_WHOLE }, { "STATE", TABLE_WHOLE },
	{ "REGISTERED", TABLE_WHOLE }, { "EMAIL", TABLE_CUT }, { "SCOPES", TABLE_CUT },
};

/* Returns the day of a moment in UTC, which is enough to look somebody up. */
static const char *
show_day(int64_t moment, char shown[CTL_TIME_SIZE])
{
	if (strcmp(ctl_show_time(moment, shown), "-") == 0)
		return "-";
	shown[strcspn(shown, "T")] = '\0';
	return shown;
}

void
user_print_line(const struct user *user, struct table *table)
{
	char id[24], when[CTL_TIME_SIZE];

	snprintf(id, sizeof(id), "%" PRId64, user->id);
	table_add(table, (const char *const[USER_PRINT_COLUMNS]){
	    id, user->username, state_of(user), show_day(user->created_at, when),
	    user->email, user->scope });
}

/* Groups are longer than a name may be; what has none of their letters, somebody else wrote. */
static void
print_groups(const char *groups)
{
	printf("groups: %s\n", *groups == '\0' ? "-" : groups_find_fault(groups) == NULL ? groups
	    : "(not a list of groups; set them anew)");
}

static void
print_activity(const struct user *user, const struct user_activity *activity)
{
	char when[CTL_TIME_SIZE];

	printf("last sign-in: %s%s%s\n", ctl_show_time(user->last_sign_in_at, when),
	    *activity->network != '\0' ? " from " : "", activity->network);
	printf("sign-ins refused since then: %" PRId64 "\n", activity->failed);
	printf("browsers signed in: %" PRId64 "\n", activity->browsers);
	printf("programs signed in: %" PRId64 "\n", activity->programs);
}

void
user_print_all(const struct user *user, const struct user_activity *activity)
{
	char name[CTL_SHOWN_SIZE], scope[CTL_SHOWN_SIZE], when[CTL_TIME_SIZE];
	char email[CTL_SHOWN_SIZE], display_name[CTL_SHOWN_SIZE];
	const char *verified = user->email_verified ? " (verified)" : "";

	printf("id: %lld\n", (long long)user->id);
	printf("username: %s\n", ctl_show(user->username, name));
	printf("state: %s\n", state_of(user));
	printf("restricted scopes: %s\n", ctl_show(user->scope, scope));
	printf("registered: %s\n", ctl_show_time(user->created_at, when));
	print_activity(user, activity);
	printf("email: %s%s\n", ctl_show(user->email != NULL ? user->email : "", email),
	    user->email != NULL ? verified : "");
	printf("display name: %s\n",
	    ctl_show(user->display_name != NULL ? user->display_name : "", display_name));
	print_groups(user->groups);
}

static struct json_object *
new_text_or_null(const char *text)
{
	return text != NULL ? json_object_new_string(text) : NULL;
}

static struct json_object *
new_moment_or_null(int64_t moment)
{
	return moment != 0 ? json_object_new_int64(moment) : NULL;
}

static void
add_activity(struct json_object *object, const struct user_activity *activity)
{
	const struct { const char *name; int64_t number; } numbers[] = {
		{ "failed_sign_ins", activity->failed }, { "browsers", activity->browsers },
		{ "programs", activity->programs },
	};

	json_object_object_add(object, "last_sign_in_network",
	    new_text_or_null(*activity->network != '\0' ? activity->network : NULL));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_object_add(object, numbers[i].name,
		    json_object_new_int64(numbers[i].number));
}

void
user_print_json(const struct user *user, const struct user_activity *activity)
{
	struct json_object *object = json_object_new_object();	/* taken */

	json_object_object_add(object, "id", json_object_new_int64(user->id));
	json_object_object_add(object, "username", json_object_new_string(user->username));
	json_object_object_add(object, "is_active", json_object_new_boolean(user->is_active));
	json_object_object_add(object, "scope", json_object_new_string(user->scope));
	json_object_object_add(object, "created_at", new_moment_or_null(user->created_at));
	json_object_object_add(object, "last_sign_in_at",
	    new_moment_or_null(user->last_sign_in_at));
	json_object_object_add(object, "email", new_text_or_null(user->email));
	json_object_object_add(object, "email_verified",
	    json_object_new_boolean(user->email_verified));
	json_object_object_add(object, "display_name", new_text_or_null(user->display_name));
	json_object_object_add(object, "groups", json_object_new_string(user->groups));
	if (activity != NULL)
		add_activity(object, activity);
	ctl_print_object(object);
}
