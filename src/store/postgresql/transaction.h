/*
 * transaction: one transaction on a connection, and what became of it. For the files of
 * `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_TRANSACTION_H
#define BEARWARD_STORE_POSTGRESQL_TRANSACTION_H

#include <stdbool.h>

#include "base/err.h"
#include "store/db.h"
#include "store/postgresql/connection.h"

enum { TRANSACTION_MARK_LEN = 16 };

struct transaction {
	unsigned char slot[CONNECTION_SLOT_LEN];	/* its row of settled */
	unsigned char mark[TRANSACTION_MARK_LEN];	/* random; what it leaves there */
	bool is_begun;
	enum verdict verdict;		/* of the first statement that failed */
};

/* Runs a statement of a connection's transaction, as db_run() says; the first one begins it. */
ERR_CHECKED enum err transaction_run(struct db_connection *connection, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

/* How a transaction ended. */
enum transaction_end {
	TRANSACTION_DONE,		/* committed, and durable */
	TRANSACTION_UNDONE,		/* nothing was done */
	TRANSACTION_IN_DOUBT,		/* transaction_settle() tells */
	TRANSACTION_WAITS,		/* not answered yet: leave the connection alone */
};

/* Commits. Where it returns UNDONE, the verdict of the transaction says why. */
enum transaction_end transaction_commit(struct connection *connection);

/* Undoes what was done, if the connection is of use still. */
void transaction_undo(struct connection *connection);

/*
 * Looks, on another connection, whether a transaction has been committed, and makes sure that it
 * stays so. Returns DONE or UNDONE; IN_DOUBT: it cannot be told there; WAITS: not yet.
 */
enum transaction_end transaction_settle(struct connection *connection,
    const struct transaction *transaction);

#endif
