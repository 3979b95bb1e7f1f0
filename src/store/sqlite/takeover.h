/*
 * takeover: makes a database of another program, with a table users, one of ours, in place.
 * For the files of `store` alone.
 *
 * A takeover can be cut off at any point, and begun again: until it is committed, its copy has a
 * name of its own, which the next one removes, and after that takeover_finish() gives it the name
 * by which it is kept.
 */
#ifndef BEARWARD_STORE_SQLITE_TAKEOVER_H
#define BEARWARD_STORE_SQLITE_TAKEOVER_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/takeover_plan.h"
#include "text/user_report.h"

struct takeover {
	struct connection *connection;			/* borrowed */
	const struct config *config;			/* borrowed */
	const struct user_columns_named *named;		/* borrowed */
	struct takeover_plan plan;
	struct user_report report;
	FILE *remarks;			/* owned; what is reported if it succeeds */
	char *remarks_text;		/* owned */
	size_t remarks_len;
	int64_t reported_at;		/* seconds; when progress was shown last */
	bool is_refused;		/* for something that an import may cope with */
};

/* Finds out whether the columns of a foreign database are such that takeover_run() would begin. */
ERR_CHECKED enum err takeover_find(struct connection *connection,
    const struct user_columns_named *named, bool *is_possible);

/*
 * Copies the file beside itself and rebuilds the table of users, in the transaction that is open.
 * foreign_keys must be off and legacy_alter_table on. connection, config and named are filled in.
 * What stands in the way goes to connection->report. takeover_end() follows in any case.
 */
ERR_CHECKED enum err takeover_run(struct takeover *takeover);

/*
 * The step of it that goes through all users. Those that stand in the way are reported and
 * counted; the others are written nevertheless, so that all are found at once.
 */
ERR_CHECKED enum err takeover_rows(struct takeover *takeover);

/*
 * Adds, changes and deletes users as the service will, with triggers and foreign keys, in the
 * transaction that is open, and undoes it. The schema must be up to date. What stands in the way
 * is reported by name; then ERR_SETUP is returned.
 */
ERR_CHECKED enum err takeover_try(struct takeover *takeover);

/* Says why the database cannot be taken over in place; returns ERR_SETUP. */
__attribute__((format(printf, 2, 3)))
enum err takeover_refuse(struct takeover *takeover, const char *format, ...);

/*
 * Ends a takeover whose transaction came to err, and returns that: reports what was taken over, or
 * that nothing was, and what else can be done. A takeover without a connection has not begun:
 * nothing is done.
 */
ERR_CHECKED enum err takeover_end(struct takeover *takeover, enum err err);

/*
 * Finishes a takeover that was committed, now or by a process that was then cut off: makes the
 * database private and keeps the copy. Does nothing where there was none.
 */
ERR_CHECKED enum err takeover_finish(struct connection *connection);

#endif
