/*
 * census: counts what there is in the database, for whoever watches it.
 *
 * It asks indexes alone, and so takes some tens of milliseconds for a million rows. Of more than
 * ten million in PostgreSQL it gives an estimate.
 */
#ifndef BEARWARD_STORE_CENSUS_H
#define BEARWARD_STORE_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

struct census {
	int64_t users;
	int64_t grants;			/* neither ended nor expired; some may be left alone */
	int64_t sessions;		/* likewise */
	int64_t messages;		/* that wait to be delivered */
};

/* How much room the database takes. */
struct census_room {
	int64_t pages;
	bool is_file;			/* and what follows is known */
	int64_t free_pages;		/* of these, not in use */
	int64_t log_bytes;		/* of what is not yet in the database itself */
};

/* Returns whether the database answers; asks the least there is to ask. */
bool census_is_possible(struct db *db);

/* Counts what is there at a moment, in seconds since 1970. Returns what db_read() does. */
ERR_CHECKED enum err census_take(struct db *db, int64_t now, struct census *census);

/* Finds the room. Returns what db_read() does. */
ERR_CHECKED enum err census_find_room(struct db *db, const struct config *config,
    struct census_room *room);

#endif
