/* new_profile: checks what is to be told of a user beside the name. */
#include "account/new_profile.h"

#include <stddef.h>

#include "text/groups.h"

/* Checks one text; NULL and "" are no text. */
static enum err
check(struct context *context, const char *field, const char *text,
    const char *(*find_fault)(const char *text))
{
	const char *fault = text != NULL && *text != '\0' ? find_fault(text) : NULL;

	return fault == NULL ? ERR_OK : faults_add(&context->faults, "value_error",
	    field, "%s", fault);
}

enum err
new_profile_check(struct context *context, const struct profile *profile)
{
	const enum err of_email = check(context, "email", profile->email,
	    profile_find_email_fault);
	const enum err of_name = check(context, "display_name", profile->display_name,
	    profile_find_display_name_fault);
	const enum err of_groups = check(context, "groups", profile->groups, groups_find_fault);

	if (of_email != ERR_OK)
		return of_email;
	return of_name != ERR_OK ? of_name : of_groups;
}
