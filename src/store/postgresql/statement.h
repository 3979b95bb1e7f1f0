/*
 * statement: sends statements, each prepared once for a connection, and reads rows. For the files
 * of `postgresql` alone.
 *
 * A name is made from the text and the types of its parameters: behind a pgbouncer that gives each
 * transaction another server connection, several programs share names.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_STATEMENT_H
#define BEARWARD_STORE_POSTGRESQL_STATEMENT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/engine.h"
#include "store/postgresql/connection.h"

/* How many results come back for a statement that statement_send() has sent. */
struct statement_sent {
	bool is_prepared_too;		/* one for PREPARE, before its own */
};

/* Queues a statement on a connection in pipeline mode. Returns false when libpq could not. */
bool statement_send(struct connection *connection, const struct db_sql *sql,
    const struct db_value *values, struct statement_sent *sent);

/* Forgets that a statement is prepared: the server has refused to. */
void statement_forget(struct connection *connection, const struct db_sql *sql);

/* Gives each row of a result to take, if it is not NULL. *rows is their number, or of changes. */
ERR_CHECKED enum err statement_take(const struct db_sql *sql, const PGresult *result,
    db_take *take, void *arg, int64_t *rows);

/* What engine.h asks for: of a row that statement_take() gives. */
bool statement_is_null(const struct db_row *row, int column);
bool statement_is_text(const struct db_row *row, int column);
int64_t statement_number(const struct db_row *row, int column);
const void *statement_data(const struct db_row *row, int column, size_t *len);

#endif
