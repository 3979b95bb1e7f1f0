/*
 * statement: runs statements on a connection, each prepared once. For the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_STATEMENT_H
#define BEARWARD_STORE_SQLITE_STATEMENT_H

#include "base/err.h"
#include "store/db.h"
#include "store/sqlite/connection.h"

/*
 * Runs one statement, as db_run() says. No value stays in it: what was bound is borrowed, and the
 * statement lets go of it before this returns.
 */
ERR_CHECKED enum err statement_run(struct connection *connection, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

/* Return what stands in a column of a row that statement_run() gives to take; see engine.h. */
bool statement_is_null(const struct db_row *row, int column);
bool statement_is_text(const struct db_row *row, int column);
int64_t statement_number(const struct db_row *row, int column);
const void *statement_data(const struct db_row *row, int column, size_t *len);

/* Frees what a connection has prepared. */
void statement_free_all(struct connection *connection);

#endif
