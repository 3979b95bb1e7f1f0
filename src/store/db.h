/*
 * db: a transactional SQL database, one handle for a whole process.
 *
 * It is a SQLite file in state_dir, or a PostgreSQL, by the setting `database`.
 *
 * A struct db is shared by all threads of a process and opened after any fork. It owns a bounded
 * number of connections and opens them as they are needed. A connection is borrowed for one
 * statement or one transaction, and never leaves this room otherwise; while all are busy, the next
 * caller waits. Changes that several threads make at the same time are committed together.
 *
 * A function that changes something returns ERR_OK only after the change is on disk. Whatever
 * storage refuses (busy past storage_wait, full, read-only, corrupt, gone) is ERR_STORAGE, logged
 * here with its cause. Where the answer of a PostgreSQL is lost, and what became of the change
 * cannot be found out in time, ERR_STORAGE says that nobody may rely on it, and no more. Memory
 * that is not to be had is ERR_MEMORY. Every function below may return either; that is not
 * repeated there.
 */
#ifndef BEARWARD_STORE_DB_H
#define BEARWARD_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/finding.h"
#include "base/sandbox.h"
#include "config/config.h"
#include "text/user_columns.h"

struct db;
struct db_connection;	/* borrowed by the work of a transaction */
struct db_row;		/* borrowed by a db_take */

/*
 * DB_WATCH is DB_READ in a process that must do without the one thing for which a reader may have
 * to write: to undo what was left half done, with `journal_mode = delete`.
 */
enum db_mode {
	DB_READ, DB_WATCH, DB_WRITE,
	DB_MOVE,	/* DB_WRITE, also where a move has marked the database; see move_mark.h */
};

/*
 * One statement, static: it is prepared once for each connection and found again by its address.
 * Parameters are $1, $2, ... without gaps; each may stand in it several times.
 */
struct db_sql {
	const char *text;
	const char *postgresql;		/* where that engine needs another text; else NULL */
};

enum db_type { DB_END, DB_INT, DB_TEXT, DB_BYTES };

/*
 * The value of a parameter, which has one type wherever a statement is run, also where it is NULL.
 * data is borrowed until the function that takes the value returns.
 */
struct db_value {
	enum db_type type;
	bool is_null;
	int64_t number;			/* DB_INT */
	const void *data;		/* DB_TEXT, DB_BYTES */
	size_t len;			/* of data; of a text without its NUL */
};

/* Make a value. A text or bytes at NULL make the value NULL; db_no_int() is a NULL integer. */
struct db_value db_int(int64_t number);
struct db_value db_no_int(void);
struct db_value db_text(const char *text);
struct db_value db_bytes(const void *data, size_t len);

/* The values of a statement, $1 first. A statement without parameters takes NULL. */
#define DB_VALUES(...) ((const struct db_value[]){ __VA_ARGS__, { .type = DB_END } })

/*
 * Takes one row that a statement returns. What is not ERR_OK ends the statement, and becomes what
 * it returns. A row of a change may be taken in another thread, while the caller waits. It may not
 * use the database.
 */
typedef enum err db_take(const struct db_row *row, void *arg);

/* Returns whether a column, counted from 0, is NULL. */
bool db_row_is_null(const struct db_row *row, int column);

/*
 * Return an integer; 0 for NULL. The second brings one that is nonsense to where no sum with it
 * overflows.
 */
int64_t db_row_int(const struct db_row *row, int column);
int64_t db_row_near_int(const struct db_row *row, int column);

/* Takes the integer of the first column: a db_take whose arg is an int64_t. */
ERR_CHECKED enum err db_take_int(const struct db_row *row, void *number);

/*
 * Copies a text; *text is owned. ERR_STORAGE, logged, for NULL and for what is not UTF-8 without
 * NUL.
 */
ERR_CHECKED enum err db_row_text(const struct db_row *row, int column, char **text);

/*
 * Copies a text of a column that another program may have written; *text is owned. NULL where
 * there is none, and for everything that is not UTF-8 text without NUL.
 */
ERR_CHECKED enum err db_row_text_or_null(const struct db_row *row, int column, char **text);

/*
 * Copies up to size bytes and sets *len to their number, which is 0 for NULL. ERR_STORAGE, logged,
 * where there are more.
 */
ERR_CHECKED enum err db_row_bytes(const struct db_row *row, int column, void *bytes, size_t size,
    size_t *len);

/*
 * Tells whether there is a database of ours, of whatever version, or one that db_prepare()
 * refuses: not so when there is none, an empty one, or one that can be taken over. Writes what
 * keeps it from telling to report, and returns ERR_SETUP then. Run by `bearward init` only.
 */
ERR_CHECKED enum err db_find(const struct config *config, const struct user_columns_named *named,
    FILE *report, bool *is_there);

/*
 * Makes the database ready: creates it where there is none, takes over that of another program
 * with a table users (after copying it beside itself as bearward.db.before-takeover), and brings
 * an older schema up to date in numbered steps, each in one transaction. named may name columns of
 * that table; NULL: none. A run that was cut off, anywhere, is finished by the next one. Writes to
 * report what stands in the way, the progress of a long takeover, and what became of the users.
 * Returns ERR_SETUP when something stands in the way, and leaves everything as it was before the
 * step that failed. Run by `bearward init` only.
 */
ERR_CHECKED enum err db_prepare(const struct config *config,
    const struct user_columns_named *named, FILE *report);

/* What an administrator of a PostgreSQL is asked for, and told. Texts are borrowed. */
struct db_admin {
	/* As whom: a URI or keywords of libpq; the rest is taken from the setting `database`. */
	const char *database;
	/* Asks for the password, where the server does; *password is owned. NULL: nobody can. */
	bool (*ask)(void *arg, char **password);
	void *arg;
	int64_t connections;		/* limit of the role that writes; 0: not named */
	const char *refusal;		/* why no new tables may be made; NULL: they may */
	FILE *said;			/* what was done */
	FILE *report;			/* what stands in the way */
};

/*
 * Makes the roles, the database and the tables ready that the settings name in a PostgreSQL, as an
 * administrator of it; also where they are there already, or partly, or of an older version. Makes
 * the files of passwords that are missing, unless the role is there. The server gets to see
 * verifiers of passwords only. Returns ERR_SETUP when something stands in the way; what was done
 * before stays, and is done again by nobody. Run by `bearward init` only.
 */
ERR_CHECKED enum err db_prepare_as(const struct config *config, const struct db_admin *admin);

/*
 * Writes the same to out, as a script for psql, and connects to nobody. A file of a password that
 * is missing is made, and its verifier is in the script.
 */
ERR_CHECKED enum err db_print_roles(const struct config *config, const struct db_admin *admin,
    FILE *out);

/*
 * Looks whether a database, and the server that it is in, are as this program needs them, and
 * notes each thing that was looked at. No wait is longer than storage_wait. Run by `bearward
 * doctor` only.
 */
void db_examine(const struct config *config, finding_note *note, void *arg);

/* Returns whether there is a database, of whatever kind; true where that cannot be told. */
bool db_is_there(const struct config *config);

/*
 * Opens an existing database that this program can use and that is ours alone; returns ERR_SETUP
 * otherwise, logged with what to do. DB_READ never writes. config is borrowed until db_close().
 * *db is owned; NULL on failure. It takes up to 24 descriptors, however many threads use it, and
 * with PostgreSQL two more for each of `database_connections`.
 */
ERR_CHECKED enum err db_open(const struct config *config, enum db_mode mode, struct db **db);

/*
 * Allows the files that an open database may still open, and nothing else in state_dir, where
 * there are secrets. So where another database was put in the place of the one that is open, each
 * use fails until the process is started anew. With `journal_mode = delete`, DB_READ and DB_WRITE
 * need all of state_dir. Of a PostgreSQL, allows connections to it: where it is on another host,
 * to any host.
 */
void db_allow(const struct config *config, enum db_mode mode, struct sandbox_plan *plan);

/* Closes every connection; no thread may be using one. Accepts NULL. */
void db_close(struct db *db);

/* Tells whether it is a file of this host. */
bool db_is_sqlite(const struct db *db);

/* Runs one statement that changes nothing, and gives each row to take, if it is not NULL. */
ERR_CHECKED enum err db_read(struct db *db, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg);

/*
 * Runs one statement in a transaction of its own. *rows is the number of rows that it returned, or
 * changed where it returns none; rows may be NULL. ERR_CONFLICT: a unique key stands already;
 * ERR_REFERENCED: rows that are to stay refer to one that was to go. After any error nothing is
 * changed, and what take was given does not count.
 */
ERR_CHECKED enum err db_change(struct db *db, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

/*
 * Does what db_change() does, but need not wait until it is on disk: a crash of the server may
 * undo what changed in its last second. Where the answer was lost, it may have been done; that is
 * an error. For PostgreSQL the statement itself asks not to wait, with set_config().
 */
ERR_CHECKED enum err db_change_soon(struct db *db, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

/*
 * Does the work of one transaction. What is not ERR_OK rolls all of it back and is returned;
 * ERR_OK is returned only once everything is committed.
 *
 * The work may be run in another thread while the caller waits, and more than once when an engine
 * asks for it. It uses the database through db_run() on its connection and in no other way, and
 * does nothing that takes long: others wait for it.
 */
typedef enum err db_work(struct db_connection *connection, void *arg);
ERR_CHECKED enum err db_transact(struct db *db, db_work *work, void *arg);

/* Runs one statement in the transaction of its connection, as db_read() and db_change() do. */
ERR_CHECKED enum err db_run(struct db_connection *connection, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

#endif
