/*
 * writer: the connection of a process that writes. For the files of `sqlite` alone.
 *
 * SQLite 3.40 can corrupt a WAL database when a commit meets a passive checkpoint (fixed in
 * 3.51.3). So every write and every checkpoint runs under write.lock, a flock()ed file in the
 * state directory, and checkpoints are FULL.
 */
#ifndef BEARWARD_STORE_SQLITE_WRITER_H
#define BEARWARD_STORE_SQLITE_WRITER_H

#include <stdio.h>

#include "base/err.h"
#include "config/config.h"
#include "store/sqlite/connection.h"

struct writer;

/* Opens a connection to the existing file and its lock; *writer is owned. As connection_open(). */
ERR_CHECKED enum err writer_open(const struct config *config, FILE *report,
    struct writer **writer);

/* Accepts NULL. */
void writer_close(struct writer *writer);

/* Returns the connection, borrowed; for one thread, or between writer_begin() and writer_end(). */
struct connection *writer_connection(struct writer *writer);

/* Does the work of one transaction, as db_transact() says; for any thread. */
ERR_CHECKED enum err writer_transact(struct writer *writer, db_work *work, void *arg);

/*
 * Begins a transaction: waits for all other writers, at most storage_wait. writer_end() must follow
 * ERR_OK, and only that.
 */
ERR_CHECKED enum err writer_begin(struct writer *writer);

/*
 * Ends a transaction that came to err: ERR_OK is committed, and returned only once it is on disk;
 * everything else is rolled back and returned as it is.
 */
ERR_CHECKED enum err writer_end(struct writer *writer, enum err err);

#endif
