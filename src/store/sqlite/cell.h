/*
 * cell: what stands in a column of a row, as text/user_cell.h has it. For the files of `sqlite`
 * alone.
 */
#ifndef BEARWARD_STORE_SQLITE_CELL_H
#define BEARWARD_STORE_SQLITE_CELL_H

#include <sqlite3.h>

#include "base/err.h"
#include "text/user_cell.h"
#include "text/user_columns.h"

/* Reads a cell for each role; text and bytes are borrowed from the row. Returns ERR_MEMORY. */
ERR_CHECKED enum err cell_read_all(sqlite3_stmt *row, struct user_cell cells[USER_ROLES]);

/*
 * Appends "SELECT" and a column, or NULL, for each role: what cell_read_all() reads. The columns
 * are those of a table, view or alias t.
 */
void cell_append_select(sqlite3_str *sql, const char *const *names,
    const struct user_columns *columns);

#endif
