/*
 * writer: the connection of a process that writes. For the files of `sqlite` alone. One thread
 * uses it at a time.
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

/* Returns the connection, borrowed. */
struct connection *writer_connection(struct writer *writer);

/*
 * Begins a transaction: waits for all other writers, until deadline in milliseconds of clock_ms().
 * writer_commit() and writer_release() must follow ERR_OK, and only that.
 */
ERR_CHECKED enum err writer_begin(struct writer *writer, int64_t deadline);

/*
 * Does one piece of work in the transaction that is open; *result is what came of it, and where
 * that is an error, what it changed is undone. Whatever else than ERR_OK is returned, the whole
 * transaction cannot be committed.
 */
ERR_CHECKED enum err writer_work(struct writer *writer, db_work *work, void *arg,
    enum err *result);

/*
 * Ends a transaction that came to err: ERR_OK is committed, and returned only once it is on disk;
 * everything else is rolled back and returned as it is.
 */
ERR_CHECKED enum err writer_commit(struct writer *writer, enum err err);

/* Checkpoints when it is time for that, and lets other processes write. */
void writer_release(struct writer *writer);

#endif
