/*
 * move: moves all users, with everything that they were given, from one database to another.
 *
 * The source is locked against changes, and goes on answering those who read. Its rows are copied
 * table by table in one transaction on the target, and read again there: number and digest of the
 * rows have to be the same. Then the target is committed, with a mark that keeps it out of use;
 * then the source is marked as left; then the target's mark is removed. Cut off before the source
 * is marked, all of it counts for nothing: the source is in use, and the next move begins anew.
 * Cut off later, the next one removes the mark. So at no moment both are in use.
 *
 * In SQLite, running programs lose sight of the tables with the mark. To a PostgreSQL nobody else
 * may be connected, neither as the source nor as the target.
 *
 * What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_MOVE_H
#define BEARWARD_STORE_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/audits.h"
#include "store/db.h"
#include "store/move_mark.h"
#include "store/move_rows.h"
#include "store/move_table.h"
#include "store/seen.h"

enum { MOVE_DIGEST_LEN = 32 };

/* Is told how far a move is: what is being done, with which table, and to how many rows of it. */
typedef void move_tell_progress(const char *doing, const char *table, int64_t rows, void *arg);

struct move {
	struct db *source, *target;	/* borrowed; opened with DB_MOVE */
	const char *source_place, *target_place;	/* borrowed; see move_mark.h */
	const struct seen *seen;	/* borrowed; see move_rows.h */
	int64_t now;			/* seconds since 1970 */
	move_tell_fault *tell;
	move_tell_progress *progress;
	void *arg;
	/* Made by move_prepare(). */
	struct move_statements statements[MOVE_TABLES];
	/* What came of it. */
	int64_t rows[MOVE_TABLES];
	unsigned char digest[MOVE_DIGEST_LEN];	/* of all rows */
};

/*
 * Makes the statements. They belong to the connections of both databases: move_clear() follows in
 * any case, after these have been closed. ERR_MEMORY.
 */
ERR_CHECKED enum err move_prepare(struct move *move);
void move_clear(struct move *move);

/* Reads the mark of a database. */
ERR_CHECKED enum err move_find_mark(struct db *db, struct move_mark *mark);

/* Tells whether there are any users. The database has no mark, or users are arriving. */
ERR_CHECKED enum err move_find_users(struct db *db, bool *has_any);

/*
 * Moves all users. Returns ERR_CONFLICT when the target has users of its own, and ERR_REFUSED when
 * a row cannot be moved, which is told of. After any error the source is in use as before, unless
 * it has a mark.
 */
ERR_CHECKED enum err move_run(struct move *move);

/*
 * Puts a target into use whose source is marked as left, and adds a row to its audit, in one
 * transaction.
 */
ERR_CHECKED enum err move_finish(struct move *move, const struct audits_row *row);

#endif
