/*
 * writer: transactions that change something. For the files of `postgresql` alone.
 *
 * Each has a connection of its own meanwhile: one that is idle, or the reader's, if nobody reads,
 * or a new one, up to `database_connections`. Those that are not used are closed.
 *
 * A change is answered with ERR_OK only where the server has said that it is committed, or where,
 * after the answer was lost, the change is found in what the server that takes changes has, and
 * has made durable: each transaction leaves a random mark in table settled. A connection whose
 * commit is not answered in time is put aside until it is; nothing is said on it meanwhile, since
 * to cancel that wait would commit the change on one server only.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_WRITER_H
#define BEARWARD_STORE_POSTGRESQL_WRITER_H

#include "base/err.h"
#include "store/db.h"
#include "store/postgresql/reader.h"

struct writer;

/*
 * Makes one that opens up to so many connections, when it is used. server and reader are borrowed;
 * *writer is owned. ERR_MEMORY.
 */
ERR_CHECKED enum err writer_new(struct server *server, struct reader *reader, int most,
    struct writer **writer);

/* Accepts NULL. */
void writer_free(struct writer *writer);

/* Does the work of one transaction, as db_transact() says. */
ERR_CHECKED enum err writer_transact(struct writer *writer, db_work *work, void *arg);

/* Runs one statement in a transaction of its own, as db_change() says. */
ERR_CHECKED enum err writer_change(struct writer *writer, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

#endif
