/*
 * connection: one connection to the SQLite file: how it is set up, and how it complains. For the
 * files of `sqlite` alone.
 *
 * One thread uses it at a time. It never checkpoints by itself; see writer.h.
 */
#ifndef BEARWARD_STORE_SQLITE_CONNECTION_H
#define BEARWARD_STORE_SQLITE_CONNECTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"
#include "store/engine.h"
#include "store/sqlite/place.h"

struct connection {
	struct db_connection base;
	sqlite3 *sqlite;		/* owned */
	struct statement *statements;	/* owned; see statement.h */
	char *path;			/* owned */
	long wait;			/* milliseconds for a lock */
	struct place place;		/* of its files when it was opened; see is_watched */
	bool is_watched;		/* there is a log, and it must stay in place */
	int64_t looked_at;		/* of clock_ms(): when all was last seen in place */
	FILE *report;			/* borrowed; where complaints go; NULL: the log */
};

/* Names the database file of the configuration; *path is owned. ERR_MEMORY. */
ERR_CHECKED enum err connection_path(const struct config *config, char **path);

/*
 * Returns ERR_SETUP, said in report or the log, when there is a file that is open to others, or
 * that we may not use.
 */
ERR_CHECKED enum err connection_check_private(const struct config *config, FILE *report);

/*
 * Connects to the existing file; *connection is owned. ERR_SETUP: there is none, or it is no
 * database; ERR_STORAGE, ERR_MEMORY.
 */
ERR_CHECKED enum err connection_open(const struct config *config, enum db_mode mode,
    FILE *report, struct connection **connection);

/*
 * Connects to a file that no other process uses, such as a copy that is being made. Its journal is
 * in memory and nothing is synced: whoever has made it syncs it. name is what it is called in
 * complaints. *connection is owned. As above.
 */
ERR_CHECKED enum err connection_open_alone(const char *path, const char *name, FILE *report,
    struct connection **connection);

/*
 * Returns whether the file that is open has been removed, or moved, or replaced by another since:
 * what is written to it is lost, and what is read from it is no longer true.
 */
bool connection_has_moved(const struct connection *connection);

/*
 * Returns whether that is so of the -wal or -shm of a connection that is watched. All connections
 * of the process go on with what they have open, also new ones: only a new process is sound.
 */
bool connection_has_lost_log(const struct connection *connection);

/* Accepts NULL. */
void connection_close(struct connection *connection);

/* Says in the report or the log what was attempted and why it cannot be. */
void connection_complain(const struct connection *connection, const char *attempt,
    const char *reason);

/*
 * Complains that the last call failed, with SQLite's reason; returns ERR_MEMORY where that is a
 * want of memory, else ERR_STORAGE. So do the functions below that run SQL.
 */
enum err connection_fail(const struct connection *connection, const char *attempt);

/* The same for a statement: a log names it, and a report, which people read, does not. */
enum err connection_fail_statement(const struct connection *connection, const char *sql);

/* Complains that the database cannot be used as it is, and why; returns ERR_SETUP. */
enum err connection_refuse(const struct connection *connection, const char *reason);

/* Runs a script that gives no rows. */
ERR_CHECKED enum err connection_execute(struct connection *connection, const char *sql);

/* Prepares a statement for one use; *statement is owned: sqlite3_finalize(). */
ERR_CHECKED enum err connection_prepare(struct connection *connection, const char *sql,
    sqlite3_stmt **statement);

/* Returns the first column of the first row in *number; 0 where there is none. */
ERR_CHECKED enum err connection_get_number(struct connection *connection, const char *sql,
    int64_t *number);

/*
 * Undoes what a killed writer has left half done, which a connection that only reads can meet
 * (SQLITE_READONLY_ROLLBACK) but not undo: opens the file as a writer for that moment.
 */
void connection_recover(const struct connection *connection);

#endif
