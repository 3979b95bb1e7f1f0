/* takeover_rows: makes each user of another program one of ours. */
#include "store/sqlite/takeover.h"

#include <inttypes.h>
#include <time.h>

#include "base/escape.h"
#include "hash/password.h"
#include "store/sqlite/cell.h"
#include "text/user_values.h"

enum { SHOWN_SIZE = (USER_NAME_BYTES_MAX + 1) * ESCAPE_SIZE };	/* of a name, escaped */

static void
show_progress(struct takeover *t)
{
	int64_t now = (int64_t)time(NULL);

	if (t->reported_at == 0)
		t->reported_at = now;
	if (now == t->reported_at)
		return;
	t->reported_at = now;
	fprintf(t->connection->report, "%" PRId64 " users read\n", t->report.read);
	(void)fflush(t->connection->report);
}

static struct user_where
where(const struct user_cell cells[USER_ROLES])
{
	return (struct user_where){ "id", cells[USER_ROLE_ID].integer };
}

/* Reports a user who stands in the way, at once. */
static void
report_refused(struct takeover *t, const struct user_cell *cells,
    const struct user_values *values, const char *reason)
{
	t->report.out = t->connection->report;
	user_report_refused(&t->report, where(cells), values, reason);
	t->report.out = t->remarks;
}

/* Two users whose names differ in a way that does not count any more. */
static enum err
report_collision(struct takeover *t, const struct user_cell *cells,
    const struct user_values *values)
{
	static const char sql[] = "SELECT id, username FROM users_taken_over "
		"WHERE username_key = ?";
	char shown[SHOWN_SIZE], reason[sizeof(shown) + 128];
	sqlite3_stmt *other = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &other)) != ERR_OK)
		return err;
	if (sqlite3_bind_text(other, 1, values->username_key, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(other) != SQLITE_ROW)
		err = connection_fail(t->connection, "find the other user of a name");
	else {
		snprintf(reason, sizeof(reason), "has the same name as id %" PRId64 ", \"%s\": "
		    "rename or delete one of them", (int64_t)sqlite3_column_int64(other, 0),
		    escape_text((const char *)sqlite3_column_text(other, 1), shown,
		    sizeof(shown)));
		report_refused(t, cells, values, reason);
	}
	sqlite3_finalize(other);
	return err;
}

static int
bind_text(sqlite3_stmt *insert, int *at, const char *text)
{
	return sqlite3_bind_text(insert, ++*at, text, -1, SQLITE_STATIC);
}

/* Binds what we make of a user. */
static int
bind_values(const struct takeover *t, const struct user_values *values, const char *hash,
    sqlite3_stmt *insert, int *at)
{
	int rc = sqlite3_bind_int64(insert, ++*at, values->id);

	if (rc == SQLITE_OK)
		rc = bind_text(insert, at, values->username);
	if (rc == SQLITE_OK)
		rc = bind_text(insert, at, values->username_key);
	if (rc == SQLITE_OK)
		rc = bind_text(insert, at, hash);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int(insert, ++*at, values->is_active);
	if (rc == SQLITE_OK)
		rc = bind_text(insert, at, values->scope);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(insert, ++*at, values->created_at);
	if (rc == SQLITE_OK && t->plan.adds_email)
		rc = bind_text(insert, at, values->email);
	if (rc == SQLITE_OK && t->plan.adds_display_name)
		rc = bind_text(insert, at, values->display_name);
	return rc;
}

/* Binds what the application has of a user besides. */
static int
bind_copies(const struct takeover *t, sqlite3_stmt *row, sqlite3_stmt *insert, int *at)
{
	int rc = SQLITE_OK, column = USER_ROLES;

	for (size_t i = 0; i < t->plan.count && rc == SQLITE_OK; i++)
		if (takeover_plan_copies(&t->plan.columns[i]))
			rc = sqlite3_bind_value(insert, ++*at, sqlite3_column_value(row,
			    column++));
	return rc;
}

static enum err
write_row(struct takeover *t, sqlite3_stmt *row, const struct user_cell *cells,
    const struct user_values *values, sqlite3_stmt *insert)
{
	/* What is of no kind that is known may be a password that nobody has hashed. */
	const char *scheme = values->hash != NULL ? password_scheme(values->hash) : NULL;
	enum err err = ERR_OK;
	int at = 0;
	int rc = bind_values(t, values, scheme != NULL ? values->hash : "", insert, &at);

	if (rc == SQLITE_OK)
		rc = bind_copies(t, row, insert, &at);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(insert);
	if (rc == SQLITE_CONSTRAINT_UNIQUE)
		err = report_collision(t, cells, values);
	else if (rc == SQLITE_CONSTRAINT_ROWID || rc == SQLITE_CONSTRAINT_PRIMARYKEY)
		report_refused(t, cells, values, "another user has the same id");
	else if (rc != SQLITE_DONE)
		err = connection_fail(t->connection, "write a user");
	else
		user_report_taken(&t->report, where(cells), values, scheme,
		    scheme != NULL && password_scheme_is_weak(scheme));
	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
	return err;
}

/* The application goes on with what it has there, whatever we make of it. */
static void
keep_profile(const struct takeover *t, struct user_values *values)
{
	if (!t->plan.adds_email)
		values->dropped_email = NULL;
	if (!t->plan.adds_display_name)
		values->dropped_display_name = NULL;
}

static enum err
take_row(struct takeover *t, sqlite3_stmt *row, const struct user_rules *rules,
    sqlite3_stmt *insert)
{
	struct user_cell cells[USER_ROLES];
	struct user_values values;
	enum err err;

	if ((err = cell_read_all(row, cells)) != ERR_OK)
		return err;
	user_report_read(&t->report, &t->plan.roles, cells);
	if ((err = user_values_read(rules, cells, &values)) == ERR_OK) {
		keep_profile(t, &values);
		if (values.refused == NULL && values.id == 0)
			values.refused = "the id is not a positive number that every program "
			    "could read";
		if (values.refused != NULL)
			report_refused(t, cells, &values, values.refused);
		else
			err = write_row(t, row, cells, &values, insert);
	}
	user_values_clear(&values);
	return err;
}

enum err
takeover_rows(struct takeover *t)
{
	const struct user_rules rules = {
		.names = t->plan.names, .columns = &t->plan.roles, .named = t->named,
		.restricted_scopes = t->config->restricted_scopes,
	};
	sqlite3_stmt *rows = NULL, *insert = NULL;	/* owned */
	enum err err;
	int rc;

	if ((err = connection_prepare(t->connection, t->plan.select, &rows)) != ERR_OK)
		goto out;
	if ((err = connection_prepare(t->connection, t->plan.insert, &insert)) != ERR_OK)
		goto out;
	while (err == ERR_OK && (rc = sqlite3_step(rows)) != SQLITE_DONE) {
		err = rc == SQLITE_ROW ? take_row(t, rows, &rules, insert) :
		    connection_fail(t->connection, "read a user");
		show_progress(t);
	}
out:
	sqlite3_finalize(insert);
	sqlite3_finalize(rows);
	return err;
}
