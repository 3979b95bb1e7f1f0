/* move_table: the tables of a database and their columns, and the statements of a move. */
#include "store/move_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sign keeps SQLite from going through the index of that column, and sorting. */
#define OF_USER "+user_id IN (SELECT id FROM users)"
#define OF_USER_OR_NOBODY "(user_id IS NULL OR " OF_USER ")"
#define PARENT_IS_THERE "(parent_id IS NULL OR EXISTS (SELECT 1 FROM sessions AS parents " \
	"WHERE parents.id = sessions.parent_id AND parents.user_id IN (SELECT id FROM users)))"

const struct move_table move_tables[MOVE_TABLES] = {
	{ "users", {
		{ "id", MOVE_NUMBER, NULL }, { "username", MOVE_TEXT, NULL },
		{ "username_key", MOVE_TEXT, NULL }, { "hashed_password", MOVE_TEXT, NULL },
		{ "is_active", MOVE_BOOL, NULL }, { "scope", MOVE_TEXT, NULL },
		{ "created_at", MOVE_NUMBER, NULL }, { "email", MOVE_TEXT, NULL },
		{ "display_name", MOVE_TEXT, NULL }, { "is_imported", MOVE_BOOL, NULL },
		{ "email_verified", MOVE_BOOL, NULL }, { "groups", MOVE_TEXT, NULL },
		{ "password_changed_at", MOVE_NUMBER, NULL },
		{ "last_sign_in_at", MOVE_NUMBER, NULL }, { "signed_out_at", MOVE_NUMBER, NULL },
	}, .keys = 1, .is_numbered = true },
	{ "moments", {
		{ "name", MOVE_TEXT, NULL }, { "at", MOVE_NUMBER, NULL },
	}, .keys = 1 },
	{ "introspectors", {
		{ "name", MOVE_TEXT, NULL }, { "digest", MOVE_BYTES, NULL },
		{ "created_at", MOVE_NUMBER, NULL },
	}, .keys = 1 },
	{ "dead_tokens", {
		{ "jti", MOVE_BYTES, NULL }, { "expires_at", MOVE_NUMBER, NULL },
	}, .keys = 1 },
	{ "audit", {
		{ "id", MOVE_NUMBER, NULL }, { "at", MOVE_NUMBER, NULL },
		{ "event", MOVE_TEXT, NULL }, { "user_id", MOVE_NUMBER, NULL },
		{ "actor", MOVE_TEXT, NULL }, { "client_id", MOVE_TEXT, NULL },
		{ "network", MOVE_TEXT, NULL }, { "detail", MOVE_TEXT, NULL },
		{ "count", MOVE_NUMBER, NULL },
	}, .keys = 1, .is_numbered = true },
	{ "known_networks", {
		{ "user_id", MOVE_NUMBER, NULL }, { "network", MOVE_TEXT, NULL },
		{ "at", MOVE_NUMBER, NULL },
	}, .keys = 2, .owned = OF_USER },
	/* A session is younger than its parent. */
	{ "sessions", {
		{ "id", MOVE_NUMBER, NULL }, { "digest", MOVE_BYTES, NULL },
		{ "user_id", MOVE_NUMBER, NULL }, { "parent_id", MOVE_NUMBER, NULL },
		{ "origin", MOVE_TEXT, NULL }, { "created_at", MOVE_NUMBER, NULL },
		{ "auth_at", MOVE_NUMBER, NULL }, { "factors", MOVE_NUMBER, NULL },
		{ "seen_at", MOVE_NUMBER, NULL }, { "idle", MOVE_NUMBER, NULL },
		{ "expires_at", MOVE_NUMBER, NULL }, { "network", MOVE_TEXT, NULL },
		{ "agent", MOVE_TEXT, NULL },
	}, .keys = 1, .is_numbered = true, .owned = OF_USER " AND " PARENT_IS_THERE },
	/* Its number says which is the newer of two. */
	{ "grants", {
		{ "rowid", MOVE_NUMBER, "number" }, { "gid", MOVE_BYTES, NULL },
		{ "user_id", MOVE_NUMBER, NULL }, { "session_id", MOVE_NUMBER, NULL },
		{ "client_id", MOVE_TEXT, NULL }, { "scope", MOVE_TEXT, NULL },
		{ "created_at", MOVE_NUMBER, NULL }, { "auth_at", MOVE_NUMBER, NULL },
		{ "factors", MOVE_NUMBER, NULL }, { "expires_at", MOVE_NUMBER, NULL },
		{ "revoked_at", MOVE_NUMBER, NULL }, { "reason", MOVE_TEXT, NULL },
		{ "current", MOVE_BYTES, NULL }, { "previous", MOVE_BYTES, NULL },
		{ "salt", MOVE_BYTES, NULL }, { "generation", MOVE_NUMBER, NULL },
		{ "rotated_at", MOVE_NUMBER, NULL }, { "run", MOVE_NUMBER, NULL },
		{ "counted", MOVE_BOOL, NULL }, { "network", MOVE_TEXT, NULL },
		{ "agent", MOVE_TEXT, NULL },
	}, .keys = 1, .owned = OF_USER },
	{ "tickets", {
		{ "digest", MOVE_BYTES, NULL }, { "kind", MOVE_TEXT, NULL },
		{ "user_id", MOVE_NUMBER, NULL }, { "session_id", MOVE_NUMBER, NULL },
		{ "client_id", MOVE_TEXT, NULL }, { "data", MOVE_TEXT, NULL },
		{ "tries", MOVE_NUMBER, NULL }, { "used_at", MOVE_NUMBER, NULL },
		{ "gid", MOVE_BYTES, NULL }, { "expires_at", MOVE_NUMBER, NULL },
	}, .keys = 1, .owned = OF_USER_OR_NOBODY },
	{ "outbox", {
		{ "id", MOVE_NUMBER, NULL }, { "at", MOVE_NUMBER, NULL },
		{ "tries", MOVE_NUMBER, NULL }, { "user_id", MOVE_NUMBER, NULL },
		{ "kind", MOVE_TEXT, NULL }, { "data", MOVE_TEXT, NULL },
	}, .keys = 1, .is_numbered = true, .owned = OF_USER_OR_NOBODY },
};

int
move_table_width(const struct move_table *table)
{
	int width = 0;

	while (width < MOVE_COLUMNS_MAX && table->columns[width].name != NULL)
		width++;
	return width;
}

/* Makes a text that the statements own; NULL, which they note, when memory is out. */
__attribute__((format(printf, 2, 3)))
static const char *
keep(struct move_statements *statements, const char *format, ...)
{
	char *text = NULL;	/* owned by statements */
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		text = NULL;
	statements->texts[statements->count_of_texts++] = text;
	return text;
}

/* How one engine calls it all. */
struct words {
	bool is_sqlite;
	char columns[512];		/* all, by commas */
	char keys[64];			/* the first of these */
	char parameters[128];		/* "$1" or "$1, $2": behind that key */
	char values[1024];		/* what an insert takes them from */
	const char *where, *and;	/* before the condition, if there is one */
	const char *condition;
};

static const char *const types[] = {
	[MOVE_NUMBER] = "bigint", [MOVE_BOOL] = "boolean", [MOVE_TEXT] = "text",
	[MOVE_BYTES] = "bytea",
};

__attribute__((format(printf, 3, 4)))
static void
append(char *list, size_t size, const char *format, ...)
{
	const size_t len = strlen(list);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(list + len, size - len, format, args);
	va_end(args);
}

static void
describe(const struct move_table *table, struct words *words)
{
	const int width = move_table_width(table);

	for (int i = 0; i < width; i++) {
		const struct move_column *column = &table->columns[i];
		const char *comma = i > 0 ? ", " : "";
		const char *name = words->is_sqlite || column->postgresql == NULL
		    ? column->name : column->postgresql;

		append(words->columns, sizeof(words->columns), "%s%s", comma, name);
		if (i < table->keys) {
			append(words->keys, sizeof(words->keys), "%s%s", comma, name);
			append(words->parameters, sizeof(words->parameters), "%s$%d", comma,
			    i + 1);
		}
		append(words->values, sizeof(words->values), "%s$%d%s%s%s", comma, i + 1,
		    words->is_sqlite ? "" : "::", words->is_sqlite ? "" : types[column->kind],
		    words->is_sqlite ? "" : "[]");
	}
	/* PostgreSQL enforces that users are there. */
	words->condition = words->is_sqlite && table->owned != NULL ? table->owned : "";
	words->where = *words->condition != '\0' ? " WHERE " : "";
	words->and = *words->condition != '\0' ? " AND " : "";
}

/* Puts a text where the engine looks for it. */
static void
put(struct db_sql *sql, const struct words *words, const char *text)
{
	if (words->is_sqlite)
		sql->text = text;
	else
		sql->postgresql = text;
}

static void
make_readers(struct move_statements *s, const struct words *d)
{
	const char *name = s->table->name;

	put(&s->count, d, keep(s, "SELECT count(*) FROM %s%s%s", name, d->where, d->condition));
	put(&s->first, d, keep(s, "SELECT %s FROM %s%s%s ORDER BY %s LIMIT $1", d->columns, name,
	    d->where, d->condition, d->keys));
	put(&s->next, d, keep(s, "SELECT %s FROM %s WHERE (%s) > (%s)%s%s ORDER BY %s LIMIT $%d",
	    d->columns, name, d->keys, d->parameters, d->and, d->condition, d->keys,
	    s->table->keys + 1));
}

static void
make_writers(struct move_statements *s, const struct words *d)
{
	put(&s->insert, d, d->is_sqlite
	    ? keep(s, "INSERT INTO %s (%s) VALUES (%s)", s->table->name, d->columns, d->values)
	    : keep(s, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT * FROM unnest(%s)",
	    s->table->name, d->columns, d->values));
	put(&s->remove, d, keep(s, "DELETE FROM %s", s->table->name));
}

/* In SQLite, a table whose key is a rowid goes on behind the highest that there is. */
static void
make_counters_of_sqlite(struct move_statements *s)
{
	const char *name = s->table->name, *key = s->table->columns[0].name;

	if (!s->table->is_numbered) {
		s->highest.text = keep(s, "SELECT max(%s) FROM %s", key, name);
		return;
	}
	s->highest.text = keep(s, "SELECT max(seq) FROM sqlite_sequence WHERE name = '%s'", name);
	s->prepare_reserve.text = keep(s, "INSERT INTO sqlite_sequence (name, seq) SELECT '%s', 0 "
	    "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '%s')", name, name);
	s->reserve.text = keep(s, "UPDATE sqlite_sequence SET seq = max(seq, $1) "
	    "WHERE name = '%s'", name);
}

static void
make_counters_of_postgresql(struct move_statements *s)
{
	const struct move_column *key = &s->table->columns[0];
	const char *column = key->postgresql != NULL ? key->postgresql : key->name;
	const char *last = keep(s, "coalesce(pg_sequence_last_value(pg_get_serial_sequence('%s', "
	    "'%s')::regclass), 0)", s->table->name, column);	/* borrowed */

	if (last == NULL)
		return;
	s->highest.postgresql = keep(s, "SELECT %s", last);
	s->prepare_reserve.postgresql = "SELECT 1";
	s->reserve.postgresql = keep(s, "SELECT setval(pg_get_serial_sequence('%s', "
	    "'%s')::regclass, greatest($1, %s))", s->table->name, column, last);
}

/* Whether the rows have a number, by which some engine counts on. */
static bool
has_counter(const struct move_table *table)
{
	return table->is_numbered || table->columns[0].postgresql != NULL;
}

enum err
move_table_prepare(const struct move_table *table, struct move_statements *s)
{
	struct words sqlite = { .is_sqlite = true }, postgresql = { .is_sqlite = false };

	*s = (struct move_statements){ .table = table };
	describe(table, &sqlite);
	describe(table, &postgresql);
	make_readers(s, &sqlite);
	make_readers(s, &postgresql);
	make_writers(s, &sqlite);
	make_writers(s, &postgresql);
	if (table->owned != NULL) {
		s->strays.text = keep(s, "SELECT count(*) FROM %s WHERE NOT (%s)", table->name,
		    table->owned);
		s->strays.postgresql = "SELECT 0";
	}
	if (has_counter(table)) {
		make_counters_of_sqlite(s);
		make_counters_of_postgresql(s);
	}
	for (size_t i = 0; i < s->count_of_texts; i++)
		if (s->texts[i] == NULL)
			return ERR_MEMORY;
	return ERR_OK;
}

void
move_table_clear(struct move_statements *statements)
{
	for (size_t i = 0; i < statements->count_of_texts; i++)
		free(statements->texts[i]);
	*statements = (struct move_statements){0};
}
