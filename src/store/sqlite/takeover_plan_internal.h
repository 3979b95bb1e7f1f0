/*
 * takeover_plan, internal to sqlite/: reads the table that a takeover is planned for.
 */
#ifndef BEARWARD_STORE_SQLITE_TAKEOVER_PLAN_INTERNAL_H
#define BEARWARD_STORE_SQLITE_TAKEOVER_PLAN_INTERNAL_H

#include "store/sqlite/takeover_plan.h"

/* Writes why a takeover is refused into *fault, owned; returns ERR_REFUSED or ERR_MEMORY. */
__attribute__((format(printf, 2, 3)))
enum err takeover_plan_refuse(char **fault, const char *format, ...);

/* Returns which column of the plan has that name, in any case; -1: none. */
int takeover_plan_find_column(const struct takeover_plan *plan, const char *name);

/* ---- takeover_plan_read.c */

/*
 * Checks that there is a table users, and nothing in the way of ours, and reads its columns into
 * the plan. *sql, owned, is the text of the table. Returns as takeover_plan_make() does.
 */
ERR_CHECKED enum err takeover_plan_read_table(struct connection *connection,
    const struct user_columns_named *named, struct takeover_plan *plan, char **sql, char **fault);

/*
 * Reads the indexes and triggers of the table into the plan, and makes its UNIQUE constraints
 * indexes, of the names that columns are to have.
 */
ERR_CHECKED enum err takeover_plan_read_objects(struct connection *connection,
    struct takeover_plan *plan);

#endif
