/* cell: what stands in a column of a row. */
#include "store/sqlite/cell.h"

static enum err
read_data(sqlite3_stmt *row, int column, int type, struct user_cell *cell)
{
	/* Of a text, that is UTF-8, and its length is known only then. */
	const void *data = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(row, column) :
	    sqlite3_column_blob(row, column);

	cell->len = (size_t)sqlite3_column_bytes(row, column);
	if (data != NULL)
		cell->data = data;
	else if (type == SQLITE_TEXT || cell->len > 0)
		return ERR_MEMORY;
	return ERR_OK;
}

static enum err
read_one(sqlite3_stmt *row, int column, struct user_cell *cell)
{
	static const enum user_cell_type types[] = {
		[SQLITE_INTEGER] = USER_CELL_INTEGER, [SQLITE_FLOAT] = USER_CELL_REAL,
		[SQLITE_TEXT] = USER_CELL_TEXT, [SQLITE_BLOB] = USER_CELL_BYTES,
		[SQLITE_NULL] = USER_CELL_NULL,
	};
	int type = sqlite3_column_type(row, column);

	*cell = (struct user_cell){ .type = types[type], .data = "" };
	if (type == SQLITE_INTEGER)
		cell->integer = sqlite3_column_int64(row, column);
	else if (type == SQLITE_FLOAT)
		cell->real = sqlite3_column_double(row, column);
	else if (type != SQLITE_NULL)
		return read_data(row, column, type, cell);
	return ERR_OK;
}

enum err
cell_read_all(sqlite3_stmt *row, struct user_cell cells[USER_ROLES])
{
	enum err err = ERR_OK;

	for (int role = 0; role < USER_ROLES && err == ERR_OK; role++)
		err = read_one(row, role, &cells[role]);
	return err;
}

void
cell_append_select(sqlite3_str *sql, const char *const *names,
    const struct user_columns *columns)
{
	for (enum user_role role = 0; role < USER_ROLES; role++) {
		sqlite3_str_appendall(sql, role == 0 ? "SELECT " : ", ");
		if (columns->of[role] < 0)
			sqlite3_str_appendall(sql, "NULL");
		else
			sqlite3_str_appendf(sql, "t.\"%w\"", names[columns->of[role]]);
	}
}
