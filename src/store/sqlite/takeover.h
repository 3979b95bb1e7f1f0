/*
 * takeover: makes a database of the FastAPI tutorial one of ours, in place.
 * For the files of `store` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_TAKEOVER_H
#define BEARWARD_STORE_SQLITE_TAKEOVER_H

#include <stdint.h>

#include "base/err.h"
#include "store/sqlite/connection.h"

struct takeover {
	struct connection *connection;	/* borrowed */
	char *copy;		/* owned; path of the copy; NULL: none was made */
	int64_t users;		/* read so far */
	int64_t stranded;	/* of these, with a password that cannot be checked */
	int64_t faults;		/* rows that stand in the way, each reported */
	int64_t reported_at;	/* seconds; when progress was shown last */
};

/*
 * Copies the file beside itself, with .before-takeover added to its name, and rebuilds the table
 * of users, in the transaction that is open. foreign_keys must be off and legacy_alter_table on.
 * What stands in the way goes to connection->report. takeover_end() follows in any case.
 */
ERR_CHECKED enum err takeover_run(struct connection *connection, struct takeover *takeover);

/*
 * The step of it that goes through all users: reads SCHEMA_TUTORIAL_NAMES and further columns with
 * select_sql, and writes the same with insert_sql, whose last parameter is username_key. Users
 * that stand in the way are reported and counted in faults; the others are written nevertheless,
 * so that all are found at once.
 */
ERR_CHECKED enum err takeover_rows(struct takeover *takeover, const char *select_sql,
    const char *insert_sql);

/*
 * Ends a takeover whose transaction came to err, and returns that: reports what was taken over,
 * or removes the copy again. A takeover of all zeros has not begun: nothing is done.
 */
ERR_CHECKED enum err takeover_end(struct takeover *takeover, enum err err);

#endif
