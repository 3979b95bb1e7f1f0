/*
 * move_write: writes rows as move_rows has read them. For the files of `store` alone.
 */
#ifndef BEARWARD_STORE_MOVE_WRITE_H
#define BEARWARD_STORE_MOVE_WRITE_H

#include <stdbool.h>

#include "base/err.h"
#include "store/db.h"
#include "store/move_rows.h"

/*
 * Writes the rows, in a transaction: SQLite takes them one by one, PostgreSQL all by one
 * statement, which takes a round trip however many there are. Returns what db_run() does.
 */
ERR_CHECKED enum err move_write_rows(struct db_connection *connection, bool is_sqlite,
    const struct move_statements *statements, const struct move_rows *rows);

#endif
