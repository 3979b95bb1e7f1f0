/*
 * schema: what a PostgreSQL database of ours looks like, and what else a database may be.
 * For the files of `postgresql` alone.
 *
 * A database begins with version 5 of the schema: one script makes all of it. A later step of
 * store/migrate.h is its script for PostgreSQL, which adds the columns of users as well: those of
 * the step are in SQLite's words.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_SCHEMA_H
#define BEARWARD_STORE_POSTGRESQL_SCHEMA_H

#include <stddef.h>

/* The version that the script leads to. */
enum { SCHEMA_POSTGRESQL_FIRST = 5 };

/*
 * The script, statement by statement, NULL after the last: tables, indexes, and the rows that are
 * there from the beginning. Tables go into the first schema of the search_path, and nobody but
 * their owner may do anything with them.
 */
extern const char *const schema_postgresql_script[];

#endif
