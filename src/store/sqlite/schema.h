/*
 * schema: what a database of ours looks like, and what else a file may be.
 * For the files of `store` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_SCHEMA_H
#define BEARWARD_STORE_SQLITE_SCHEMA_H

#include "base/err.h"
#include "config/config.h"
#include "store/sqlite/connection.h"

/* AUTOINCREMENT, so that the id of a deleted user, which lives on in tokens, is never reused. */
#define SCHEMA_USERS_COLUMNS                                                                      \
	"id INTEGER PRIMARY KEY AUTOINCREMENT,"                                                   \
	"username TEXT NOT NULL,"                                                                 \
	"username_key TEXT NOT NULL UNIQUE,"                                                      \
	"hashed_password TEXT NOT NULL,"                                                          \
	"is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),"                       \
	"scope TEXT NOT NULL DEFAULT '',"                                                         \
	"created_at INTEGER NOT NULL DEFAULT 0"

/* The columns by which a table of users is known as the FastAPI tutorial's. */
#define SCHEMA_TUTORIAL_NAMES "('id', 'username', 'hashed_password', 'is_active')"
enum { SCHEMA_TUTORIAL_COLUMNS = 4 };

enum schema_kind {
	SCHEMA_OURS,		/* of exactly our version */
	SCHEMA_NEWER,
	SCHEMA_EMPTY,
	SCHEMA_TUTORIAL,
	SCHEMA_FOREIGN,
};

/* What the database is. */
ERR_CHECKED enum err schema_recognise(struct connection *connection, enum schema_kind *kind);

/* Says why nothing can be made of SCHEMA_NEWER and SCHEMA_FOREIGN; returns ERR_SETUP. */
enum err schema_refuse(const struct connection *connection, enum schema_kind kind);

/* Marks what has been made ready as ours, in the transaction that is open. */
ERR_CHECKED enum err schema_mark_as_ours(struct connection *connection);

/* Gives the database the journal mode that is set. */
ERR_CHECKED enum err schema_change_journal(const struct config *config,
    struct connection *connection);

/* Refuses a database that is not exactly of our schema and journal mode, saying what to do. */
ERR_CHECKED enum err schema_check(const struct config *config, struct connection *connection);

#endif
