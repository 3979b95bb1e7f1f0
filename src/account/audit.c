/* audit: logs what was done to whom, and by whom. */
#include "account/audit.h"

#include <stddef.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "store/sessions.h"

/* Returns the field that says by whom. */
static struct log_field
who(const struct context *context)
{
	if (context->operator != NULL)
		return (struct log_field)LOG_TEXT("by", context->operator);
	return (struct log_field)LOG_TEXT("client", context->client);
}

void
audit_user(const struct context *context, const char *event, const struct user *user,
    const char *detail)
{
	const struct log_field fields[] = {
		LOG_TEXT("user", user->username), LOG_NUMBER("uid", user->id), who(context),
		LOG_TEXT("detail", detail),
	};
	const size_t count = sizeof(fields) / sizeof(fields[0]);

	log_fields(LEVEL_INFO, event, fields, detail != NULL ? count : count - 1);
}

_Static_assert((int)AUDIT_ID_LEN == (int)GRANTS_ID_LEN &&
    (int)AUDIT_ID_LEN == (int)SESSIONS_ID_LEN, "ids have other lengths");

void
audit_ended(const struct context *context, const struct user *user, const char *what,
    const unsigned char *id, const char *reason)
{
	char text[BASE64_SIZE(AUDIT_ID_LEN)], event[32];
	const struct log_field fields[] = {
		LOG_TEXT("user", user->username), LOG_NUMBER("uid", user->id),
		LOG_TEXT(what, text), LOG_TEXT("reason", reason), who(context),
	};

	(void)text_encode_base64(BASE64_URL, id, AUDIT_ID_LEN, text);
	snprintf(event, sizeof(event), "%s ended", what);
	log_fields(LEVEL_INFO, event, fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_reuse(const struct context *context, const struct user *user, const struct grant *grant)
{
	char id[BASE64_SIZE(GRANTS_ID_LEN)];
	const struct log_field fields[] = {
		LOG_TEXT("user", user->username), LOG_NUMBER("uid", user->id),
		LOG_TEXT("grant", id), LOG_TEXT("signed_in_from", grant->network), who(context),
	};

	(void)text_encode_base64(BASE64_URL, grant->id, sizeof(grant->id), id);
	log_fields(LEVEL_WARNING, "refresh token reused", fields,
	    sizeof(fields) / sizeof(fields[0]));
}

void
audit_import(const struct context *context, int64_t users)
{
	const struct log_field fields[] = { LOG_NUMBER("users", users), who(context) };

	log_fields(LEVEL_INFO, "users imported", fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_export(const struct context *context)
{
	const struct log_field fields[] = { who(context) };

	log_fields(LEVEL_INFO, "users exported", fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_move(const struct context *context, const char *from, const char *to)
{
	const struct log_field fields[] = { LOG_TEXT("from", from), LOG_TEXT("to", to),
		who(context) };

	log_fields(LEVEL_INFO, "users moved", fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_key(const struct context *context, const char *event, const char *kid)
{
	const struct log_field fields[] = { LOG_TEXT("kid", kid), who(context) };

	log_fields(LEVEL_INFO, event, fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_forgiven(const struct context *context, const char *network)
{
	const struct log_field fields[] = {
		LOG_TEXT("network", network != NULL ? network : "all"), who(context),
	};

	log_fields(LEVEL_INFO, "attempts forgiven", fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_backup(const struct context *context, const char *event, const char *file, int64_t users)
{
	const struct log_field fields[] = { LOG_TEXT("file", file), LOG_NUMBER("users", users),
		who(context) };

	log_fields(LEVEL_INFO, event, fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_link_asked(const struct context *context, const struct user *user, const char *detail)
{
	const struct log_field fields[] = {
		LOG_TEXT("user", user != NULL ? user->username : NULL), who(context),
		LOG_TEXT("detail", detail),
	};
	const size_t count = sizeof(fields) / sizeof(fields[0]);

	log_fields(LEVEL_INFO, "link asked for", fields, detail != NULL ? count : count - 1);
}

void
audit_introspector(const struct context *context, const char *event, const char *name)
{
	const struct log_field fields[] = { LOG_TEXT("name", name), who(context) };

	log_fields(LEVEL_INFO, event, fields, sizeof(fields) / sizeof(fields[0]));
}

/* What was refused to whom. A filter of fail2ban relies on the order of the fields. */
static void
log_refusal(const struct context *context, const char *event, const struct user *user,
    const char *reason)
{
	const struct log_field fields[] = {
		LOG_TEXT("user", user != NULL ? user->username : NULL), LOG_TEXT("reason", reason),
		who(context),
	};

	log_fields(LEVEL_INFO, event, fields, sizeof(fields) / sizeof(fields[0]));
}

void
audit_refusal(const struct context *context, const struct user *user, const char *reason)
{
	struct audit_author author;
	struct audits_row row = audit_describe(context, user, "refused", reason, &author);

	log_refusal(context, "sign-in refused", user, reason);
	row.actor = "";
	row.join = AUDITS_JOINS_LAST;
	/* Storage has logged why; who was refused is to be told that in any case. */
	(void)!audits_add_alone(context->service->db, &row);
}

void
audit_unchecked(const struct context *context, const struct user *user, enum err err)
{
	static const struct { enum err err; const char *reason; } reasons[] = {
		{ ERR_ATTEMPTS, "too_many_attempts" }, { ERR_OVERLOADED, "overloaded" },
		{ ERR_STORAGE, "storage_failed" }, { ERR_SETUP, "not_ready" },
		{ ERR_MEMORY, "out_of_memory" },
	};
	const char *reason = "internal_error";

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].err == err)
			reason = reasons[i].reason;
	log_refusal(context, "sign-in refused", user, reason);
}

void
audit_refresh_refusal(const struct context *context, const struct user *user,
    const char *reason)
{
	log_refusal(context, "refresh refused", user, reason);
}

void
audit_link_refusal(const struct context *context, const struct user *user)
{
	log_refusal(context, "link refused", user, "link_not_valid");
}

void
audit_introspector_refusal(const struct context *context)
{
	const struct log_field fields[] = {
		LOG_TEXT("reason", "wrong_credential"), who(context),
	};

	log_fields(LEVEL_INFO, "introspection refused", fields,
	    sizeof(fields) / sizeof(fields[0]));
}
