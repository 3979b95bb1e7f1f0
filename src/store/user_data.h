/*
 * user_data: all that is stored about a user, row by row, for the user to see.
 *
 * Only what nobody should have is left out: hashes, digests, salts, and numbers that mean
 * something in the database alone. What an application keeps in columns or tables of its own is
 * not ours to tell. What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_USER_DATA_H
#define BEARWARD_STORE_USER_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

/* Of what happened to a user, so much is visited at most: the newest. */
#define USER_DATA_EVENTS_MAX 100000

enum user_data_kind {
	USER_DATA_END,
	USER_DATA_NUMBER,
	USER_DATA_BOOL,
	USER_DATA_MOMENT,		/* seconds since 1970; NULL for 0, which is never */
	USER_DATA_TEXT,
	USER_DATA_ID,			/* of a session or a grant: a text, in base64url */
};

/* One member of a row, borrowed. */
struct user_data {
	const char *name;		/* static; NULL ends a row */
	enum user_data_kind kind;
	bool is_null;
	int64_t number;			/* NUMBER, BOOL, MOMENT */
	const char *text;		/* TEXT, ID */
};

/* Takes a row of a part. What is not ERR_OK ends the visit. It may not use the database. */
typedef enum err user_data_visit(const char *part, const struct user_data *row, void *arg);

/*
 * Visits the one row of "user", if there is such a user, and then those of all other parts, in the
 * order that user_data_part() has. Each part is read by one statement.
 */
ERR_CHECKED enum err user_data_list(struct db *db, int64_t user_id, user_data_visit *visit,
    void *arg);

/* Returns the name of a part by its number, from 0; static. NULL: there are no more. */
const char *user_data_part(size_t number);

#endif
