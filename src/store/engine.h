/*
 * engine: what a database engine provides; db.h stands on it. For the files of `store` alone.
 *
 * An engine is a folder beside this file. Its structs for a database, a connection and a row begin
 * with the ones below, and everything that differs between engines lies behind these functions:
 * how connections are borrowed, how a transaction gets its connection, when it is run again.
 */
#ifndef BEARWARD_STORE_ENGINE_H
#define BEARWARD_STORE_ENGINE_H

#include "store/db.h"

struct db {
	const struct engine *engine;	/* static */
};

struct db_connection {
	const struct engine *engine;	/* static */
};

struct db_row {
	const struct engine *engine;	/* static */
	const struct db_sql *sql;	/* what gave the row */
};

/* An engine that is loaded must have been built together with the program that loads it. */
#define ENGINE_VERSION VERSION

struct engine {
	bool is_sqlite;

	/* Do what db.h says of db_find() and db_prepare(). NULL in SQLite's: see db_prepare.c. */
	enum err (*find)(const struct config *config, FILE *report, bool *is_there);
	enum err (*prepare)(const struct config *config, FILE *report);

	/* Do what db.h says of db_prepare_as(), db_print_roles(), db_examine(). NULL likewise. */
	enum err (*prepare_as)(const struct config *config, const struct db_admin *admin);
	enum err (*print_roles)(const struct config *config, const struct db_admin *admin,
	    FILE *out);
	void (*examine)(const struct config *config, finding_note *note, void *arg);

	/* Do what db.h says of db_is_there(), db_open(), db_allow() and db_close(). */
	bool (*is_there)(const struct config *config);
	enum err (*open)(const struct config *config, enum db_mode mode, struct db **db);
	void (*allow)(const struct config *config, enum db_mode mode, struct sandbox_plan *plan);
	void (*close)(struct db *db);

	/*
	 * Does what db.h says of db_change_soon(), and of db_change() for a statement whose rows
	 * nobody takes; NULL: they are transactions as any other.
	 */
	enum err (*change)(struct db *db, const struct db_sql *sql,
	    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

	/* Do what db.h says of db_read(), db_transact() and db_run(). */
	enum err (*read)(struct db *db, const struct db_sql *sql, const struct db_value *values,
	    db_take *take, void *arg);
	enum err (*transact)(struct db *db, db_work *work, void *arg);
	enum err (*run)(struct db_connection *connection, const struct db_sql *sql,
	    const struct db_value *values, db_take *take, void *arg, int64_t *rows);

	/* Return what stands in a column. data is borrowed from the row; NULL: out of memory. */
	bool (*is_null)(const struct db_row *row, int column);
	bool (*is_text)(const struct db_row *row, int column);
	int64_t (*number)(const struct db_row *row, int column);
	const void *(*data)(const struct db_row *row, int column, size_t *len);
};

extern const struct engine engine_sqlite;

/* In the part of its own: see engine_load.h. */
extern const struct engine engine_postgresql;

#endif
