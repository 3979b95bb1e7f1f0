/*
 * connection: one connection to the SQLite file: how it is set up, how it writes, how it complains.
 * For the files of `store` alone.
 *
 * SQLite 3.40 can corrupt a WAL database when a commit meets a passive checkpoint (fixed in
 * 3.51.3). So nothing here checkpoints by itself: every write and every checkpoint runs under
 * write.lock, a flock()ed file in the state directory, and checkpoints are FULL.
 */
#ifndef BEARWARD_STORE_SQLITE_CONNECTION_H
#define BEARWARD_STORE_SQLITE_CONNECTION_H

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"
#include "store/users.h"

struct connection {
	sqlite3 *sqlite;	/* owned */
	char *path;		/* owned */
	int lock;		/* owned; write.lock, open; -1: this connection only reads */
	long wait;		/* milliseconds for a lock */
	FILE *report;		/* borrowed; where complaints go; NULL: the log */
	int wal_frames;		/* in the write-ahead log, after our last commit */
	int checkpoint_past;	/* that many frames */
};

/* The database file of the configuration; *path is owned. ERR_INTERNAL. */
ERR_CHECKED enum err connection_path(const struct config *config, char **path);

/* ERR_SETUP, said in report or the log: there is a file, and it is not ours alone. */
ERR_CHECKED enum err connection_check_private(const struct config *config, FILE *report);

/*
 * Connects to the existing file. ERR_SETUP: there is none, or it is no database; ERR_STORAGE,
 * ERR_INTERNAL. connection may be given to connection_close() in any case.
 */
ERR_CHECKED enum err connection_open(const struct config *config, enum store_mode mode,
    FILE *report, struct connection *connection);

/* Statements must be finalized by then. */
void connection_close(struct connection *connection);

/* Says in the report or the log what was attempted and why it cannot be. */
void connection_complain(const struct connection *connection, const char *attempt,
    const char *reason);

/*
 * Complains that the last call failed, with SQLite's reason; returns ERR_INTERNAL where that is a
 * want of memory, else ERR_STORAGE. So do the functions below that run SQL.
 */
enum err connection_fail(const struct connection *connection, const char *attempt);

/* Complains that the database cannot be used as it is, and why; returns ERR_SETUP. */
enum err connection_refuse(const struct connection *connection, const char *reason);

/* Runs a script that gives no rows. */
ERR_CHECKED enum err connection_execute(struct connection *connection, const char *sql);

/* *statement is owned: sqlite3_finalize(). */
ERR_CHECKED enum err connection_prepare(struct connection *connection, const char *sql,
    sqlite3_stmt **statement);

/* The first column of the first row; 0 where there is none. */
ERR_CHECKED enum err connection_get_number(struct connection *connection, const char *sql,
    int64_t *number);

/*
 * Begins a change: waits for all other writers, at most storage_wait. connection_end() must follow
 * ERR_OK, and only that.
 */
ERR_CHECKED enum err connection_begin(struct connection *connection);

/*
 * Ends a change that came to err: ERR_OK is committed, and returned only once it is on disk;
 * everything else is rolled back and returned as it is.
 */
ERR_CHECKED enum err connection_end(struct connection *connection, enum err err);

/*
 * After a read-only connection met the remains of a killed writer (SQLITE_READONLY_ROLLBACK),
 * which only a writer can undo: opens the file as one for that moment.
 */
void connection_recover(const struct connection *connection);

#endif
