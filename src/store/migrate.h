/*
 * migrate: the schema, in numbered steps. For the files of `store` alone.
 *
 * Version n of the schema is what step n leads to; step 1 is that of the first release. Hosts and
 * programs are upgraded one by one, so each step says since which version a program goes on after
 * it: a column that is added with a default troubles nobody, one that is removed does.
 *
 * Table bearward_schema has one row, which says both about the database; it came with step 2.
 */
#ifndef BEARWARD_STORE_MIGRATE_H
#define BEARWARD_STORE_MIGRATE_H

#include <stdbool.h>

#include "base/err.h"
#include "store/db.h"

/*
 * The columns of users in version 1, which a takeover makes as well. AUTOINCREMENT, so that the id
 * of a deleted user, which lives on in tokens, is never reused.
 */
#define MIGRATE_USERS_COLUMNS                                                                     \
	"id INTEGER PRIMARY KEY AUTOINCREMENT,"                                                   \
	"username TEXT NOT NULL,"                                                                 \
	"username_key TEXT NOT NULL UNIQUE,"                                                      \
	"hashed_password TEXT NOT NULL,"                                                          \
	"is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),"                       \
	"scope TEXT NOT NULL DEFAULT '',"                                                         \
	"created_at INTEGER NOT NULL DEFAULT 0"

/*
 * A column that users must have, added where it is missing. Users of another program that were
 * taken over may have one of that name already.
 */
struct migration_column {
	const char *name;	/* NULL: the end of the list */
	const char *definition;	/* what ADD COLUMN wants after the name */
	bool adopts;		/* one of type TEXT or ANY is used as ours; any other one, and
				 * without this any at all, is renamed */
};

enum { MIGRATION_COLUMNS_MAX = 6 };

struct migration {
	int version;
	int readable_since;	/* programs that know this version or a later one go on */
	struct db_sql sql;	/* a script; run in one transaction, then migrate_record() */
	struct migration_column columns[MIGRATION_COLUMNS_MAX];	/* added before sql is run; for
					 * PostgreSQL the script does that */
	const char *const *makes;	/* static; the tables and indexes that sql makes, NULL
					 * after the last; NULL: none. What an application has by
					 * such a name is renamed */
};

/* Returns the step that leads to a version, static; NULL: this program knows none. */
const struct migration *migrate_step(int64_t version);

enum migrate_fit {
	MIGRATE_FITS,
	MIGRATE_OLDER,		/* `bearward init` brings it up to date */
	MIGRATE_NEWER,		/* and a newer program is needed */
	MIGRATE_MOVED,		/* its users are elsewhere; see move_mark.h */
};

/* What a database that a move has marked is readable since: no program ever goes on. */
#define MIGRATE_NOWHERE 2147483647

/* Returns whether this program can use a database of a version that is readable since another. */
enum migrate_fit migrate_compare(int64_t version, int64_t readable_since);

/* The statement that reads both numbers of bearward_schema, and its db_take: an int64_t[2]. */
extern const struct db_sql migrate_row;
ERR_CHECKED enum err migrate_take(const struct db_row *row, void *arg);

/* Reads what bearward_schema says. */
ERR_CHECKED enum err migrate_read(struct db_connection *connection, int64_t *version,
    int64_t *readable_since);

/* Writes to bearward_schema that a step has been run, in the same transaction. */
ERR_CHECKED enum err migrate_record(struct db_connection *connection,
    const struct migration *step);

#endif
