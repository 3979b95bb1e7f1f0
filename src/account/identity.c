/* identity: decides whether who asks may open a guarded page. */
#include "account/identity.h"

#include "text/groups.h"

void
identity_take_user(struct identity *identity, struct user *user)
{
	identity->user = user;
	if (user == NULL)
		return;
	identity->username = user->username;
	/* The row may have been written by others, and goes into a header. */
	identity->groups = groups_find_fault(user->groups) == NULL ? user->groups : "";
	identity->email = user->email_verified && user->email != NULL ? user->email : "";
}

enum err
identity_check(struct context *context, const struct identity *identity,
    const struct requirements *requirements)
{
	context->scope_needed = requirements->scope;
	context->age_needed = requirements->age;
	if (!scope_is_within(requirements->scope, identity->scope, NULL))
		return ERR_FORBIDDEN;
	if (!scope_is_within(requirements->group, identity->groups, NULL))
		return ERR_GROUP;
	if (requirements->age > 0 && identity->auth_at + requirements->age < context->now)
		return ERR_STALE;
	return ERR_OK;
}

void
identity_clear(struct identity *identity)
{
	token_clear(&identity->token);
	user_free(identity->user);
	*identity = (struct identity){0};
}
