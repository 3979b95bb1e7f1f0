/* compare: tells whether two SQLite files say the same. */
#include "store/sqlite/compare.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static sqlite3 *
open_file(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL) ==
	    SQLITE_OK)
		return db;
	sqlite3_close(db);
	return NULL;
}

static bool
has_same_value(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	int type = sqlite3_column_type(a, column), len;

	if (type != sqlite3_column_type(b, column))
		return false;
	if (type == SQLITE_NULL)
		return true;
	if (type == SQLITE_INTEGER)
		return sqlite3_column_int64(a, column) == sqlite3_column_int64(b, column);
	len = sqlite3_column_bytes(a, column);
	return len == sqlite3_column_bytes(b, column) && (len == 0 ||
	    memcmp(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column),
	    (size_t)len) == 0);
}

/* Steps both; *is_same: both have a row, and it is the same. Returns whether there is one more. */
static bool
step_both(sqlite3_stmt *a, sqlite3_stmt *b, bool *is_same)
{
	int columns = sqlite3_column_count(a);
	int rc = sqlite3_step(a), rc_b = sqlite3_step(b);

	*is_same = rc == rc_b && (rc == SQLITE_DONE || rc == SQLITE_ROW) &&
	    columns == sqlite3_column_count(b);
	if (!*is_same || rc == SQLITE_DONE)
		return false;
	for (int i = 0; i < columns && *is_same; i++)
		*is_same = has_same_value(a, b, i);
	return *is_same;
}

/* Compares all rows that a statement gives; sql is taken, NULL: there was no memory for it. */
static bool
has_same_rows(sqlite3 *a, sqlite3 *b, char *sql)
{
	sqlite3_stmt *rows_a = NULL, *rows_b = NULL;	/* owned */
	bool is_same = sql != NULL &&
	    sqlite3_prepare_v2(a, sql, -1, &rows_a, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(b, sql, -1, &rows_b, NULL) == SQLITE_OK;

	while (is_same && step_both(rows_a, rows_b, &is_same))
		continue;
	sqlite3_finalize(rows_a);
	sqlite3_finalize(rows_b);
	sqlite3_free(sql);
	return is_same;
}

/* What a virtual table shows is in others. */
static bool
has_same_tables(sqlite3 *a, sqlite3 *b)
{
	static const char sql[] = "SELECT name FROM sqlite_schema WHERE type = 'table' "
		"AND sql NOT LIKE 'CREATE VIRTUAL %' ORDER BY name";
	sqlite3_stmt *tables = NULL;	/* owned */
	bool is_same = sqlite3_prepare_v2(a, sql, -1, &tables, NULL) == SQLITE_OK;

	while (is_same && sqlite3_step(tables) == SQLITE_ROW)
		is_same = has_same_rows(a, b, sqlite3_mprintf("SELECT * FROM \"%w\"",
		    sqlite3_column_text(tables, 0)));
	sqlite3_finalize(tables);
	return is_same;
}

static bool
is_nothing(sqlite3 *db)
{
	sqlite3_stmt *row = NULL;	/* owned */
	bool is_empty = sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &row,
	    NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW &&
	    sqlite3_column_int(row, 0) == 0;

	sqlite3_finalize(row);
	return is_empty;
}

static enum compare_result
compare(sqlite3 *a, sqlite3 *b)
{
	static const char schema[] = "SELECT type, name, tbl_name, sql FROM sqlite_schema "
		"ORDER BY type, name";

	if (a == NULL || b == NULL)
		return COMPARE_DIFFERENT;
	if (is_nothing(b))
		return COMPARE_NOTHING;
	return has_same_rows(a, b, sqlite3_mprintf("%s", schema)) &&
	    has_same_rows(a, b, sqlite3_mprintf("PRAGMA user_version")) &&
	    has_same_rows(a, b, sqlite3_mprintf("PRAGMA application_id")) &&
	    has_same_tables(a, b) ? COMPARE_SAME : COMPARE_DIFFERENT;
}

enum compare_result
compare_files(const char *path_a, const char *path_b)
{
	sqlite3 *a = open_file(path_a), *b = open_file(path_b);	/* owned */
	enum compare_result result = compare(a, b);

	sqlite3_close(a);
	sqlite3_close(b);
	return result;
}
