/*
 * moving: moves all users, with everything that they were given, to another database: from SQLite
 * to PostgreSQL or back, or from one PostgreSQL to another. store/move.h says how. Keys stay where
 * they are, in state_dir, and the settings have to be changed by who has called for the move.
 */
#ifndef BEARWARD_ACCOUNT_MOVING_H
#define BEARWARD_ACCOUNT_MOVING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "account/context.h"
#include "config/config.h"
#include "store/move.h"
#include "store/move_survey.h"

/* Is told of a value that cannot be moved, and how far the move is. */
struct moving_watch {
	move_tell_fault *tell;
	move_tell_progress *progress;
	void *arg;
};

struct moving {
	struct context *context;	/* borrowed; it has seen open, or not */
	FILE *report;			/* borrowed */
	struct config source, target;	/* they borrow from the settings */
	struct move move;		/* with its result */
	struct move_mark mark;		/* of the source */
	struct move_count counts[MOVE_TABLES];
	struct move_rest *rest;		/* owned; what stays behind */
	int64_t faults;			/* values that cannot be moved */
	int64_t took_ms;		/* to read everything once */
	bool is_half_done;		/* a former move was cut off at its end: that is missing */
};

/*
 * Opens the database of the settings. to is the setting `database` of the other one, "" for
 * SQLite; it is borrowed. moving_close() follows in any case. Returns ERR_SETUP, said in the
 * report or logged, also where the users have been moved somewhere else already; ERR_STORAGE or
 * ERR_MEMORY.
 */
ERR_CHECKED enum err moving_open(struct context *context, const char *to,
    const struct moving_watch *watch, FILE *report, struct moving *moving);

/*
 * Looks what there is, what would stay behind and what stands in the way, and changes nothing.
 * Returns ERR_CONFLICT when the other database has users, else what moving_open() may.
 */
ERR_CHECKED enum err moving_look(struct moving *moving);

/*
 * Makes the other database ready, where it is not, and moves. Returns what moving_look() may, or
 * ERR_REFUSED when a value cannot be moved. moving->is_half_done says whether the users have left
 * and not arrived: then nothing is in use until it is run again.
 */
ERR_CHECKED enum err moving_run(struct moving *moving);

/* Closes both. */
void moving_close(struct moving *moving);

#endif
