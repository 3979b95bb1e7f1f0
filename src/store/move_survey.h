/*
 * move_survey: what there is to be moved, and what stands in the way. It locks nothing.
 *
 * What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_MOVE_SURVEY_H
#define BEARWARD_STORE_MOVE_SURVEY_H

#include <stdint.h>

#include "base/err.h"
#include "store/move.h"

struct move_count {
	int64_t rows;		/* that are moved */
	int64_t strays;		/* that belong to no user, and stay behind */
};

/* Counts the rows of all tables of the source. */
ERR_CHECKED enum err move_survey_count(const struct move *move,
    struct move_count counts[MOVE_TABLES]);

/* Reads all rows of the source, tells of what cannot be moved, and counts that. */
ERR_CHECKED enum err move_survey_rows(const struct move *move, int64_t *faults);

/* Something of another program in a file of SQLite, which stays behind. */
struct move_rest {
	char *kind;		/* owned, as SQLite calls it: table, view, trigger, index; or
				 * column, of users */
	char *name;		/* owned */
	int64_t rows;		/* of a table; -1: it has none, or they cannot be counted */
	struct db_sql count;	/* counts them; the text is owned */
	struct move_rest *next;	/* owned */
};

/*
 * Lists what stays behind because it is another program's, and counts its rows; *rest is owned:
 * move_survey_free(), after the source has been closed.
 */
ERR_CHECKED enum err move_survey_rest(const struct move *move, struct move_rest **rest);

/* Accepts NULL. */
void move_survey_free(struct move_rest *rest);

#endif
