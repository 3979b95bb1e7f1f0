/*
 * import_seen, internal to account/: remembers, for each user whom a row of the file names, which
 * row was the first to do so.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_SEEN_H
#define BEARWARD_ACCOUNT_IMPORT_SEEN_H

#include <stdint.h>

#include "base/err.h"
#include "text/user_cell.h"

/* All zero at first. */
struct import_seen {
	void *tree;		/* owned: by id */
};

/* Notes that the user with an id has the name of a row. ERR_MEMORY. */
ERR_CHECKED enum err import_seen_add(struct import_seen *seen, int64_t id,
    struct user_where where);

/* Returns the row that was noted for an id, borrowed; NULL: there is none. */
const struct user_where *import_seen_find(const struct import_seen *seen, int64_t id);

/* Forgets all. */
void import_seen_clear(struct import_seen *seen);

#endif
