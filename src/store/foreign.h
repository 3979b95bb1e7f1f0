/*
 * foreign: reads the users of another program's SQLite database where it lies, and never changes
 * it.
 *
 * What is read is a private copy in state_dir. So SQLite can undo a half-done transaction and read
 * the log (-wal) there, while the files stay as they are. Nobody writes to them while they are
 * copied. The content is not trusted: nothing of it is run that could reach beyond the copy, and a
 * damaged file is refused.
 *
 * Every function that fails says why in report, in words, and returns ERR_SETUP, or ERR_MEMORY.
 */
#ifndef BEARWARD_STORE_FOREIGN_H
#define BEARWARD_STORE_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"
#include "text/user_cell.h"
#include "text/user_columns.h"

struct foreign;

/*
 * Opens the database file and its -wal, -journal and -shm, as many as there are, and locks them
 * against writers until foreign_copy() is done; waits some seconds for a writer. Refuses the
 * database of bearward itself. Nothing else is opened by path later: the process may change its
 * account in between. *foreign is owned; NULL on failure.
 */
ERR_CHECKED enum err foreign_open(const char *path, const struct config *config,
    struct foreign **foreign, FILE *report);

/* Copies what is open into a private directory in state_dir, and opens that. */
ERR_CHECKED enum err foreign_copy(struct foreign *foreign, const struct config *config,
    FILE *report);

/*
 * Finds the table or view of users: the one that is named, or one whose columns fit. Of several,
 * those with the usual names come first (users, user, myuser, ...), then tables. Where it is not
 * plain which is meant, or none fits, the report says which there are and what to type. It also
 * names tables that fit, but have a less usual name.
 */
ERR_CHECKED enum err foreign_find_users(struct foreign *foreign,
    const struct user_columns_named *named, struct user_columns *columns, FILE *report);

/* Returns the names of the columns that columns->of counts; borrowed from foreign. */
const char *const *foreign_names(const struct foreign *foreign);

/* Writes "table users", or view, without a line feed and fit for a terminal. */
void foreign_print_table(const struct foreign *foreign, FILE *out);

/* Takes one user: a cell for each role, NULL cells where there is no column; borrowed. */
typedef enum err foreign_take(const struct user_cell cells[USER_ROLES], void *arg);

/*
 * Gives each user to take, by id where there is one; may be called again, from the start. What is
 * not ERR_OK ends it and is returned.
 */
ERR_CHECKED enum err foreign_read(struct foreign *foreign, foreign_take *take, void *arg,
    FILE *report);

/* Closes everything and removes the copy. Accepts NULL. */
void foreign_close(struct foreign *foreign);

/* Removes the copy that a killed process has left in state_dir, if nobody is using it. */
void foreign_clean(const struct config *config);

#endif
