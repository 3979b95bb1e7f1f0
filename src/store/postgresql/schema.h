/*
 * schema: what a PostgreSQL database of ours looks like, and what else a database may be.
 * For the files of `postgresql` alone.
 *
 * A database begins with version 5 of the schema: one script makes all of it. A later step is the
 * script for PostgreSQL of store/migrate.h.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_SCHEMA_H
#define BEARWARD_STORE_POSTGRESQL_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "store/move_mark.h"
#include "store/postgresql/connection.h"

/*
 * The script, statement by statement, NULL after the last: tables, indexes, and the rows that are
 * there from the beginning. Tables go into the first schema of the search_path, and nobody but
 * their owner may do anything with them.
 */
extern const char *const schema_postgresql_script[];
enum { SCHEMA_FIRST = 5 };	/* the version that it leads to */

enum schema_kind {
	SCHEMA_FITS,		/* this program can use it */
	SCHEMA_OLDER,
	SCHEMA_NEWER,
	SCHEMA_EMPTY,		/* none of our tables is there */
	SCHEMA_FOREIGN,		/* a table of another program bears the name of one of ours */
	SCHEMA_MOVED,		/* its users are elsewhere; see store/move_mark.h */
};

enum { SCHEMA_NAME_SIZE = 64 };	/* of a name in PostgreSQL, with its NUL */

struct schema {
	enum schema_kind kind;
	int64_t version;			/* of FITS, OLDER and NEWER */
	char role[SCHEMA_NAME_SIZE];		/* that we are */
	char place[SCHEMA_NAME_SIZE];		/* the schema where tables go; "": there is none */
	char encoding[SCHEMA_NAME_SIZE];
	char table[SCHEMA_NAME_SIZE];		/* FOREIGN: which */
	bool may_make;				/* tables in that schema */
	bool may_read;				/* what there is */
	bool is_owner;				/* of it */
	char moved[MOVE_REASON_SIZE];		/* MOVED: where to, and what to do */
};

/* Finds out what the database is, and what the role may do. */
enum verdict schema_look(struct connection *connection, struct schema *schema);

/*
 * Returns why a database cannot be prepared by this role, and what to do, in text; NULL: nothing
 * stands in the way.
 */
const char *schema_obstacle(const struct schema *schema, char *text, size_t size);

/* Writes the same of a database with a mark; reason is MOVE_REASON_SIZE bytes. */
void schema_explain_move(struct connection *connection, char *reason);

#endif
