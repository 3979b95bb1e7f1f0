/*
 * takeover_plan: what becomes of each column, index and trigger of another program's table users.
 * For the files of `store` alone.
 *
 * The new table has our columns, and all others with their values. A column that says what one of
 * ours says, by another name, becomes a generated column over ours: the application goes on
 * reading it. One that has the name of one of ours, and says something else, is called old_NAME.
 */
#ifndef BEARWARD_STORE_SQLITE_TAKEOVER_PLAN_H
#define BEARWARD_STORE_SQLITE_TAKEOVER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "store/sqlite/connection.h"
#include "text/user_columns.h"

struct takeover_column {
	char *name;		/* owned; in the old table */
	char *collation;	/* owned */
	bool is_generated;
	bool is_stored;		/* and so is its value */
	char *expression;	/* owned; of a column that stays generated, else NULL */
	char *kept_as;		/* owned; its name in the new table; NULL: ours replaces it */
	const char *mirrors;	/* static; expression over ours; NULL: it keeps its values */
};

/* An index or trigger; sqlite3_free() each text. */
struct takeover_object {
	char *name;
	char *sql;
	bool is_trigger;
};

struct takeover_plan {
	struct takeover_column *columns;	/* owned */
	size_t count;
	const char **names;			/* owned; of the columns, borrowed from them */
	struct user_columns roles;
	bool adds_email, adds_display_name;	/* filled from columns with other names */
	struct takeover_object *objects;	/* owned; to be made on the new table */
	size_t objects_count;
	char *create, *select, *insert;		/* sqlite3_free() each */
};

/*
 * Looks at the table and plans; takeover_plan_clear() must follow in any case. Returns ERR_REFUSED
 * when it cannot be taken over; *fault, owned, says why in words. Else an error of the connection.
 */
ERR_CHECKED enum err takeover_plan_make(struct connection *connection,
    const struct user_columns_named *named, struct takeover_plan *plan, char **fault);

/* Gives up that columns stay generated: they keep their values. Returns ERR_MEMORY. */
ERR_CHECKED enum err takeover_plan_without_generated(struct takeover_plan *plan);

/* Returns whether a column is copied, value by value, in the order of select and insert. */
bool takeover_plan_copies(const struct takeover_column *column);

/* Says which columns are called or made otherwise from now on, a line each. */
void takeover_plan_print(const struct takeover_plan *plan, FILE *out);

void takeover_plan_clear(struct takeover_plan *plan);

#endif
