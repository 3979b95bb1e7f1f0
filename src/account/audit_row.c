/* audit_row: makes the rows that tell what happened. */
#include "account/audit.h"

#include <stdio.h>
#include <string.h>

enum { PARTS_SIZE = sizeof("email email_verified display_name") };

static void
describe_author(const struct context *context, const struct user *user,
    struct audit_author *author)
{
	const int64_t id = context->caller != 0 ? context->caller : user != NULL ? user->id : 0;

	memset(author, 0, sizeof(*author));
	if (context->client != NULL)
		network_coarse_of(context->client, author->network);
	if (context->operator != NULL)
		snprintf(author->actor, AUDIT_ACTOR_SIZE, "command:%s", context->operator);
	else if (id != 0)
		snprintf(author->actor, AUDIT_ACTOR_SIZE, "%lld", (long long)id);
}

struct audits_row
audit_describe(const struct context *context, const struct user *user, const char *event,
    const char *detail, struct audit_author *author)
{
	describe_author(context, user, author);
	return (struct audits_row){
		.at = context->now, .event = event, .user_id = user != NULL ? user->id : 0,
		.actor = author->actor, .client_id = "", .network = author->network,
		.detail = detail != NULL ? detail : "", .count = 1,
	};
}

enum err
audit_write(const struct context *context, const struct user *user, const char *event,
    const char *detail)
{
	struct audit_author author;
	const struct audits_row row = audit_describe(context, user, event, detail, &author);

	return audits_add_alone(context->service->db, &row);
}

void
audit_note(const struct context *context, const struct user *user, const char *event)
{
	struct audit_author author;
	struct audits_row row = audit_describe(context, user, event, NULL, &author);

	row.join = AUDITS_JOINS_NEAR;
	(void)!audits_add_alone(context->service->db, &row);
}

/* Writes which parts of a profile are given, but for the groups. */
static void
name_parts(const struct profile *profile, char parts[PARTS_SIZE])
{
	const struct { bool is_given; const char *name; } all[] = {
		{ profile->email != NULL, "email" },
		{ profile->email_verified != PROFILE_VERIFIED_KEPT, "email_verified" },
		{ profile->display_name != NULL, "display_name" },
	};

	parts[0] = '\0';
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const size_t len = strlen(parts);

		if (all[i].is_given)
			snprintf(parts + len, PARTS_SIZE - len, "%s%s", len > 0 ? " " : "",
			    all[i].name);
	}
}

enum err
audit_profile(struct db_connection *connection, const struct context *context,
    const struct user *user, const struct profile *profile)
{
	char parts[PARTS_SIZE] = "";
	struct audit_author author;
	struct audits_row row = audit_describe(context, user, "profile changed", parts, &author);
	enum err err = ERR_OK;

	name_parts(profile, parts);
	row.join = AUDITS_JOINS_NEAR;
	if (*parts != '\0')
		err = audits_add(connection, &row);
	if (err != ERR_OK || profile->groups == NULL)
		return err;
	row = audit_describe(context, user, "groups changed", profile->groups, &author);
	return audits_add(connection, &row);
}
