/* user_data: all that is stored about a user. */
#include "store/user_data.h"

#include <stdlib.h>

#include "base/text.h"
#include "store/grants.h"

enum { COLUMNS_MAX = 14, ID_LEN = GRANTS_ID_LEN };

#define STRING(number) STRING_OF(number)
#define STRING_OF(text) #text

/* A table, or what of it may be shown: the statement gives the columns in this order. */
static const struct part {
	const char *name;
	struct db_sql sql;
	struct { const char *name; enum user_data_kind kind; } columns[COLUMNS_MAX];
} parts[] = {
	{ "user", { .text = "SELECT id, username, is_active, scope, groups, email, "
		"email_verified, display_name, is_imported, created_at, password_changed_at, "
		"last_sign_in_at, signed_out_at FROM users WHERE id = $1" }, {
		{ "id", USER_DATA_NUMBER }, { "username", USER_DATA_TEXT },
		{ "is_active", USER_DATA_BOOL }, { "scope", USER_DATA_TEXT },
		{ "groups", USER_DATA_TEXT }, { "email", USER_DATA_TEXT },
		{ "email_verified", USER_DATA_BOOL }, { "display_name", USER_DATA_TEXT },
		{ "is_imported", USER_DATA_BOOL }, { "created_at", USER_DATA_MOMENT },
		{ "password_changed_at", USER_DATA_MOMENT },
		{ "last_sign_in_at", USER_DATA_MOMENT }, { "signed_out_at", USER_DATA_MOMENT },
	} },
	/* Of the digest of a cookie, the first bytes are the session's id. */
	{ "sessions", { .text = "SELECT substr(digest, 1, 16), origin, created_at, auth_at, "
		"factors, seen_at, idle, expires_at, network, agent "
		"FROM sessions WHERE user_id = $1 ORDER BY id DESC" }, {
		{ "id", USER_DATA_ID }, { "origin", USER_DATA_TEXT },
		{ "created_at", USER_DATA_MOMENT }, { "auth_at", USER_DATA_MOMENT },
		{ "factors", USER_DATA_NUMBER }, { "last_seen_at", USER_DATA_MOMENT },
		{ "idle_seconds", USER_DATA_NUMBER }, { "expires_at", USER_DATA_MOMENT },
		{ "network", USER_DATA_TEXT }, { "agent", USER_DATA_TEXT },
	} },
	{ "grants", { .text = "SELECT gid, client_id, scope, created_at, auth_at, factors, "
		"rotated_at, expires_at, revoked_at, reason, "
		"CASE WHEN current IS NULL THEN 0 ELSE 1 END, network, agent "
		"FROM grants WHERE user_id = $1 ORDER BY created_at DESC" }, {
		{ "id", USER_DATA_ID }, { "client", USER_DATA_TEXT }, { "scope", USER_DATA_TEXT },
		{ "created_at", USER_DATA_MOMENT }, { "auth_at", USER_DATA_MOMENT },
		{ "factors", USER_DATA_NUMBER }, { "last_seen_at", USER_DATA_MOMENT },
		{ "expires_at", USER_DATA_MOMENT }, { "revoked_at", USER_DATA_MOMENT },
		{ "reason", USER_DATA_TEXT }, { "is_refreshable", USER_DATA_BOOL },
		{ "network", USER_DATA_TEXT }, { "agent", USER_DATA_TEXT },
	} },
	{ "known_networks", { .text = "SELECT network, at FROM known_networks WHERE user_id = $1 "
		"ORDER BY at DESC" }, {
		{ "network", USER_DATA_TEXT }, { "at", USER_DATA_MOMENT },
	} },
	{ "tickets", { .text = "SELECT kind, client_id, data, tries, used_at, expires_at "
		"FROM tickets WHERE user_id = $1 ORDER BY expires_at DESC" }, {
		{ "kind", USER_DATA_TEXT }, { "client", USER_DATA_TEXT },
		{ "data", USER_DATA_TEXT }, { "tries", USER_DATA_NUMBER },
		{ "used_at", USER_DATA_MOMENT }, { "expires_at", USER_DATA_MOMENT },
	} },
	{ "outbox", { .text = "SELECT kind, data, at, tries FROM outbox WHERE user_id = $1 "
		"ORDER BY id DESC" }, {
		{ "kind", USER_DATA_TEXT }, { "data", USER_DATA_TEXT },
		{ "at", USER_DATA_MOMENT }, { "tries", USER_DATA_NUMBER },
	} },
	/* The account of an administrator is none of the user's business. */
	{ "audit", { .text = "SELECT id, at, event, CASE WHEN actor = '' THEN '' "
		"WHEN actor = CAST(user_id AS TEXT) THEN 'user' "
		"WHEN actor LIKE 'command:%' THEN 'operator' ELSE 'other' END, "
		"client_id, network, detail, count "
		"FROM audit WHERE user_id = $1 ORDER BY id DESC "
		"LIMIT " STRING(USER_DATA_EVENTS_MAX) }, {
		{ "id", USER_DATA_NUMBER }, { "at", USER_DATA_MOMENT },
		{ "event", USER_DATA_TEXT }, { "by", USER_DATA_TEXT },
		{ "client", USER_DATA_TEXT }, { "network", USER_DATA_TEXT },
		{ "detail", USER_DATA_TEXT },
		{ "count", USER_DATA_NUMBER },
	} },
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

const char *
user_data_part(size_t number)
{
	return number < PARTS ? parts[number].name : NULL;
}

struct visit {
	const struct part *part;
	user_data_visit *visit;
	void *arg;
};

/* Reads the text of a column, or makes one of an id; *text is owned. */
static enum err
read_text(const struct db_row *row, int column, enum user_data_kind kind, char **text)
{
	unsigned char id[ID_LEN];
	size_t len = 0;
	enum err err;

	if (kind == USER_DATA_TEXT)
		return db_row_text_or_null(row, column, text);
	if ((err = db_row_bytes(row, column, id, sizeof(id), &len)) != ERR_OK)
		return err;
	if ((*text = malloc(BASE64_SIZE(ID_LEN))) == NULL)
		return ERR_MEMORY;
	(void)text_encode_base64(BASE64_URL, id, len, *text);
	return ERR_OK;
}

static bool
is_null(const struct db_row *row, int column, const struct user_data *one)
{
	if (one->kind == USER_DATA_TEXT || one->kind == USER_DATA_ID)
		return one->text == NULL;
	if (one->kind == USER_DATA_MOMENT)
		return one->number == 0;
	return db_row_is_null(row, column);
}

static enum err
take_row(const struct db_row *row, void *arg)
{
	const struct visit *visit = arg;
	const struct part *part = visit->part;
	struct user_data data[COLUMNS_MAX + 1] = {{0}};
	char *texts[COLUMNS_MAX] = {0};		/* owned */
	enum err err = ERR_OK;

	for (int i = 0; part->columns[i].name != NULL && err == ERR_OK; i++) {
		struct user_data *one = &data[i];

		one->name = part->columns[i].name;
		one->kind = part->columns[i].kind;
		if (one->kind == USER_DATA_TEXT || one->kind == USER_DATA_ID)
			err = read_text(row, i, one->kind, &texts[i]);
		else
			one->number = db_row_int(row, i);
		one->text = texts[i];
		one->is_null = is_null(row, i, one);
	}
	if (err == ERR_OK)
		err = visit->visit(part->name, data, visit->arg);
	for (int i = 0; i < COLUMNS_MAX; i++)
		free(texts[i]);
	return err;
}

enum err
user_data_list(struct db *db, int64_t user_id, user_data_visit *visit, void *arg)
{
	struct visit one = { .visit = visit, .arg = arg };
	enum err err = ERR_OK;

	for (size_t i = 0; i < PARTS && err == ERR_OK; i++) {
		one.part = &parts[i];
		err = db_read(db, &parts[i].sql, DB_VALUES(db_int(user_id)), take_row, &one);
	}
	return err;
}
