/*
 * store_schema: what a database of ours looks like, and how a file becomes one.
 * For the files of `store` alone; store_prepare() is here, too.
 */
#ifndef BEARWARD_STORE_SCHEMA_H
#define BEARWARD_STORE_SCHEMA_H

#include "config.h"
#include "err.h"
#include "store_db.h"

/* AUTOINCREMENT, so that the id of a deleted user, which lives on in tokens, is never reused. */
#define SCHEMA_USERS_COLUMNS                                                                       \
	"id INTEGER PRIMARY KEY AUTOINCREMENT,"                                                    \
	"username TEXT NOT NULL,"                                                                  \
	"username_key TEXT NOT NULL UNIQUE,"                                                       \
	"hashed_password TEXT NOT NULL,"                                                           \
	"is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),"                        \
	"scope TEXT NOT NULL DEFAULT '',"                                                          \
	"created_at INTEGER NOT NULL DEFAULT 0"

/* Refuses a database that is not exactly of our schema and journal mode, saying what to do. */
ERR_CHECKED enum err schema_check(const struct config *config, struct db *db);

#endif
