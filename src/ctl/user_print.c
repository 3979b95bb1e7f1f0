/* user_print: prints a user for a person or a program to read. */
#include "ctl/user_print.h"

#include <json-c/json.h>
#include <stdio.h>

#include "ctl/ctl.h"
#include "text/groups.h"

static const char *
state_of(const struct user *user)
{
	return user->is_active ? "active" : "disabled";
}

void
user_print_line(const struct user *user)
{
	char name[CTL_SHOWN_SIZE], scope[CTL_SHOWN_SIZE], when[CTL_TIME_SIZE];

	printf("%lld\t%s\t%s\t%s\t%s\n", (long long)user->id, ctl_show(user->username, name),
	    state_of(user), ctl_show(user->scope, scope), ctl_show_time(user->created_at, when));
}

/* Groups are longer than a name may be; what has none of their letters, somebody else wrote. */
static void
print_groups(const char *groups)
{
	printf("groups: %s\n", *groups == '\0' ? "-" : groups_find_fault(groups) == NULL ? groups
	    : "(not a list of groups; set them anew)");
}

void
user_print_all(const struct user *user)
{
	char name[CTL_SHOWN_SIZE], scope[CTL_SHOWN_SIZE], when[CTL_TIME_SIZE];
	char email[CTL_SHOWN_SIZE], display_name[CTL_SHOWN_SIZE];
	const char *verified = user->email_verified ? " (verified)" : "";

	printf("id: %lld\n", (long long)user->id);
	printf("username: %s\n", ctl_show(user->username, name));
	printf("state: %s\n", state_of(user));
	printf("restricted scopes: %s\n", ctl_show(user->scope, scope));
	printf("registered: %s\n", ctl_show_time(user->created_at, when));
	printf("last sign-in: %s\n", ctl_show_time(user->last_sign_in_at, when));
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

void
user_print_json(const struct user *user)
{
	struct json_object *object = json_object_new_object();	/* owned */

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
	ctl_print_json(json_object_to_json_string_ext(object,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
