/* statement: runs statements on a connection, each prepared once. */
#include "store/sqlite/statement.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine.h"
#include "store/sqlite/schema.h"

enum { PARAMETERS_MOST = 32 };

struct statement {
	const struct db_sql *sql;	/* static; by its address this is found again */
	sqlite3_stmt *prepared;		/* owned */
	int parameters;
	int numbers[PARAMETERS_MOST];	/* n of the $n that stands at index i + 1 */
	struct statement *next;		/* owned */
};

struct row {
	struct db_row base;
	sqlite3_stmt *prepared;		/* borrowed; stands on the row */
};

/* To SQLite $1 is a name, and its index is that of its first occurrence in the text. */
static void
number_parameters(struct statement *statement)
{
	statement->parameters = sqlite3_bind_parameter_count(statement->prepared);
	assert(statement->parameters <= PARAMETERS_MOST);
	for (int i = 0; i < statement->parameters; i++) {
		const char *name = sqlite3_bind_parameter_name(statement->prepared, i + 1);

		assert(name != NULL && *name == '$');
		statement->numbers[i] = atoi(name + 1);
		assert(statement->numbers[i] >= 1);
		assert(statement->numbers[i] <= statement->parameters);
	}
}

/*
 * Complains of a statement that cannot be run. At a table that is gone, a running process comes to
 * know that users have moved.
 */
static enum err
refuse(struct connection *c, const struct db_sql *sql)
{
	static const char gone[] = "no such table: ";
	char moved[MOVE_REASON_SIZE], message[sizeof(gone) + 64];
	const char *reason;	/* borrowed */

	snprintf(message, sizeof(message), "%s", sqlite3_errmsg(c->sqlite));
	if (strncmp(message, gone, sizeof(gone) - 1) != 0)
		return connection_fail_statement(c, sql->text);
	reason = schema_find_move(c, moved);
	connection_complain(c, "use the database", reason != NULL ? reason : message);
	return ERR_STORAGE;
}

static enum err
prepare(struct connection *c, const struct db_sql *sql, struct statement **statement)
{
	struct statement *s = calloc(1, sizeof(*s));	/* owned until it is in the list */

	if (s == NULL)
		return ERR_MEMORY;
	if (sqlite3_prepare_v3(c->sqlite, sql->text, -1, SQLITE_PREPARE_PERSISTENT, &s->prepared,
	    NULL) != SQLITE_OK) {
		free(s);
		return refuse(c, sql);
	}
	s->sql = sql;
	number_parameters(s);
	s->next = c->statements;
	*statement = c->statements = s;
	return ERR_OK;
}

static enum err
find(struct connection *c, const struct db_sql *sql, struct statement **statement)
{
	for (*statement = c->statements; *statement != NULL; *statement = (*statement)->next)
		if ((*statement)->sql == sql)
			return ERR_OK;
	return prepare(c, sql, statement);
}

static int
bind(sqlite3_stmt *prepared, int i, const struct db_value *value)
{
	if (value->is_null)
		return sqlite3_bind_null(prepared, i);
	switch (value->type) {
	case DB_INT:
		return sqlite3_bind_int64(prepared, i, value->number);
	case DB_TEXT:
		return sqlite3_bind_text64(prepared, i, value->data, value->len, SQLITE_STATIC,
		    SQLITE_UTF8);
	case DB_BYTES:
		return sqlite3_bind_blob64(prepared, i, value->data, value->len, SQLITE_STATIC);
	case DB_END:
		break;
	}
	assert(false && "a statement has more parameters than there are values");
	return SQLITE_MISUSE;
}

static enum err
bind_all(struct connection *c, const struct statement *statement, const struct db_value *values)
{
	assert(values != NULL || statement->parameters == 0);
	for (int i = 0; i < statement->parameters; i++)
		if (bind(statement->prepared, i + 1, &values[statement->numbers[i] - 1]) !=
		    SQLITE_OK)
			return connection_fail_statement(c, statement->sql->text);
	assert(values == NULL || values[statement->parameters].type == DB_END);
	return ERR_OK;
}

/* Begins to read; the remains of a killed writer are cleared away first if need be. */
static int
step_first(struct connection *c, sqlite3_stmt *prepared)
{
	int rc = sqlite3_step(prepared);

	if (rc != SQLITE_READONLY_ROLLBACK)
		return rc;
	sqlite3_reset(prepared);
	connection_recover(c);
	return sqlite3_step(prepared);
}

static enum err
fail(struct connection *c, const struct db_sql *sql, int rc)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return ERR_CONFLICT;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return ERR_REFERENCED;
	default:
		return refuse(c, sql);
	}
}

static enum err
step_through(struct connection *c, struct statement *statement, db_take *take, void *arg,
    int64_t *taken)
{
	const struct row row = {
		.base = { .engine = &engine_sqlite, .sql = statement->sql },
		.prepared = statement->prepared,
	};
	int rc = step_first(c, statement->prepared);
	enum err err;

	while (rc == SQLITE_ROW) {
		++*taken;
		if (take != NULL && (err = take(&row.base, arg)) != ERR_OK)
			return err;
		rc = sqlite3_step(statement->prepared);
	}
	return rc == SQLITE_DONE ? ERR_OK : fail(c, statement->sql, rc);
}

/* Ends the use of a statement, which would otherwise hold on to locks and to hashes. */
static void
finish(const struct statement *statement)
{
	sqlite3_reset(statement->prepared);	/* repeats the error of the last step, if any */
	sqlite3_clear_bindings(statement->prepared);
}

enum err
statement_run(struct connection *c, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg, int64_t *rows)
{
	struct statement *statement;	/* borrowed */
	int64_t taken = 0;
	enum err err;

	if ((err = find(c, sql, &statement)) != ERR_OK)
		return err;
	if ((err = bind_all(c, statement, values)) == ERR_OK)
		err = step_through(c, statement, take, arg, &taken);
	if (rows != NULL)
		*rows = sqlite3_column_count(statement->prepared) > 0 ? taken :
		    sqlite3_changes64(c->sqlite);
	finish(statement);
	return err;
}

static sqlite3_stmt *
prepared_of(const struct db_row *row)
{
	return ((const struct row *)row)->prepared;
}

bool
statement_is_null(const struct db_row *row, int column)
{
	return sqlite3_column_type(prepared_of(row), column) == SQLITE_NULL;
}

bool
statement_is_text(const struct db_row *row, int column)
{
	return sqlite3_column_type(prepared_of(row), column) == SQLITE_TEXT;
}

int64_t
statement_number(const struct db_row *row, int column)
{
	return sqlite3_column_int64(prepared_of(row), column);
}

const void *
statement_data(const struct db_row *row, int column, size_t *len)
{
	sqlite3_stmt *prepared = prepared_of(row);
	const void *data;	/* borrowed */

	/* Text is converted where the database, once the tutorial's, has another encoding. */
	if (sqlite3_column_type(prepared, column) == SQLITE_BLOB)
		data = sqlite3_column_blob(prepared, column);
	else
		data = sqlite3_column_text(prepared, column);
	*len = (size_t)sqlite3_column_bytes(prepared, column);
	/* No bytes are no failure. */
	if (data == NULL && sqlite3_errcode(sqlite3_db_handle(prepared)) != SQLITE_NOMEM)
		return "";
	return data;
}

void
statement_free_all(struct connection *c)
{
	while (c->statements != NULL) {
		struct statement *statement = c->statements;	/* owned */

		c->statements = statement->next;
		sqlite3_finalize(statement->prepared);
		free(statement);
	}
}
