/* takeover_rows: makes each user of the tutorial's one of ours. */
#include "store/sqlite/takeover.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/escape.h"
#include "base/text.h"
#include "hash/password.h"
#include "store/sqlite/schema.h"
#include "text/username.h"

enum { USERNAME_STORED_MAX = 1024 };	/* bytes */

/* Columns as they are read, which are the first parameters of what writes them. */
enum { ID, USERNAME, HASHED_PASSWORD, IS_ACTIVE };

/* Writes an id and a name that somebody chose, who must not steer the terminal that shows it. */
static void
put_user(const struct takeover *t, int64_t id, const unsigned char *name)
{
	char shown[USERNAME_STORED_MAX * ESCAPE_SIZE];

	fprintf(t->connection->report, "%" PRId64 " \"%s\"", id,
	    escape_text((const char *)name, shown, sizeof(shown)));
}

static void
show_progress(struct takeover *t)
{
	int64_t now = (int64_t)time(NULL);

	if (t->reported_at == 0)
		t->reported_at = now;
	if (now == t->reported_at)
		return;
	t->reported_at = now;
	fprintf(t->connection->report, "%" PRId64 " users read\n", t->users);
	(void)fflush(t->connection->report);
}

/* The value as text, NULL where it is none that C can hold; borrowed from row. */
static const char *
column_text(sqlite3_stmt *row, int column)
{
	int type = sqlite3_column_type(row, column);
	const char *text;

	/* A hash may have been stored as the bytes that a bcrypt library gives. */
	if (type != SQLITE_TEXT && type != SQLITE_BLOB)
		return NULL;
	text = (const char *)sqlite3_column_text(row, column);
	if (text == NULL || !text_is_utf8(text, (size_t)sqlite3_column_bytes(row, column)))
		return NULL;
	return text;
}

/* What is wrong with a row; NULL: nothing. */
static const char *
find_fault(sqlite3_stmt *row)
{
	if (sqlite3_column_type(row, ID) != SQLITE_INTEGER || sqlite3_column_int64(row, ID) < 1)
		return "the id is not a positive number";
	if (sqlite3_column_type(row, USERNAME) == SQLITE_NULL)
		return "there is no username";
	if (column_text(row, USERNAME) == NULL)
		return "the username is not valid text";
	if (sqlite3_column_bytes(row, USERNAME) > USERNAME_STORED_MAX)
		return "the username is longer than 1024 bytes";
	return NULL;
}

static void
report_fault(struct takeover *t, sqlite3_stmt *row, const char *fault)
{
	t->faults++;
	fprintf(t->connection->report, "user %" PRId64 ": %s\n",
	    (int64_t)sqlite3_column_int64(row, ID), fault);
}

/* Two users whose names differ in a way that does not count any more. */
static enum err
report_collision(struct takeover *t, sqlite3_stmt *row, const char *key)
{
	static const char sql[] = "SELECT id, username FROM users_taken_over "
		"WHERE username_key = ?";
	sqlite3_stmt *other = NULL;	/* owned */
	enum err err;

	if ((err = connection_prepare(t->connection, sql, &other)) != ERR_OK)
		return err;
	if (sqlite3_bind_text(other, 1, key, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(other) != SQLITE_ROW) {
		err = connection_fail(t->connection, sql);
		goto out;
	}
	t->faults++;
	fputs("users ", t->connection->report);
	put_user(t, sqlite3_column_int64(other, 0), sqlite3_column_text(other, 1));
	fputs(" and ", t->connection->report);
	put_user(t, sqlite3_column_int64(row, ID), sqlite3_column_text(row, USERNAME));
	fputs(" would have one name: rename or delete one of them\n", t->connection->report);
out:
	sqlite3_finalize(other);
	return err;
}

/* Binds a row to the statement that writes it; key, the last parameter, is borrowed until then. */
static int
bind_row(sqlite3_stmt *row, const char *hash, const char *key, sqlite3_stmt *insert)
{
	int columns = sqlite3_column_count(row);	/* and insert has one more, the key */
	bool is_active = sqlite3_column_double(row, IS_ACTIVE) != 0;	/* NULL is 0 */
	int rc = sqlite3_bind_int64(insert, ID + 1, sqlite3_column_int64(row, ID));

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(insert, USERNAME + 1,
		    (const char *)sqlite3_column_text(row, USERNAME), -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(insert, HASHED_PASSWORD + 1, hash, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int(insert, IS_ACTIVE + 1, is_active);
	for (int i = SCHEMA_TUTORIAL_COLUMNS; i < columns && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(insert, columns + 1, key, -1, SQLITE_STATIC);
	return rc;
}

static enum err
take_row(struct takeover *t, sqlite3_stmt *row, sqlite3_stmt *insert)
{
	const char *fault = find_fault(row);
	const char *hash = column_text(row, HASHED_PASSWORD);	/* borrowed */
	char *key = NULL;	/* owned */
	enum err err;
	int rc;

	if (fault != NULL) {
		report_fault(t, row, fault);
		return ERR_OK;
	}
	if (hash == NULL)
		hash = "";
	if (!password_is_checkable(hash))
		t->stranded++;
	err = username_key((const char *)sqlite3_column_text(row, USERNAME), &key);
	if (err != ERR_OK)
		return err;
	if ((rc = bind_row(row, hash, key, insert)) == SQLITE_OK)
		rc = sqlite3_step(insert);
	if (rc == SQLITE_CONSTRAINT_UNIQUE)
		err = report_collision(t, row, key);
	else if (rc != SQLITE_DONE)
		err = connection_fail(t->connection, "write a user");
	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
	free(key);
	return err;
}

enum err
takeover_rows(struct takeover *t, const char *select_sql, const char *insert_sql)
{
	sqlite3_stmt *rows = NULL, *insert = NULL;	/* owned */
	enum err err;
	int rc;

	if ((err = connection_prepare(t->connection, select_sql, &rows)) != ERR_OK)
		goto out;
	if ((err = connection_prepare(t->connection, insert_sql, &insert)) != ERR_OK)
		goto out;
	while (err == ERR_OK && (rc = sqlite3_step(rows)) != SQLITE_DONE) {
		err = rc == SQLITE_ROW ? take_row(t, rows, insert) :
		    connection_fail(t->connection, "read a user");
		t->users++;
		show_progress(t);
	}
out:
	sqlite3_finalize(insert);
	sqlite3_finalize(rows);
	return err;
}
