/*
 * rename: gives what belongs to an application another name, where a step of the schema needs the
 * name that it has. For the files of `sqlite` alone.
 *
 * The other name is old_NAME, or where there is such a one already, old_old_NAME, and so on.
 * Whatever of the application refers to it in the database does so by the other name from then
 * on: foreign keys, views, triggers, indexes. What is renamed is said in remarks, a line each.
 *
 * foreign_keys must be off and legacy_alter_table on, and a transaction open. What SQLite refuses,
 * most often for a view of the application that is broken, is reported as ERR_SETUP, in words.
 */
#ifndef BEARWARD_STORE_SQLITE_RENAME_H
#define BEARWARD_STORE_SQLITE_RENAME_H

#include <stdio.h>

#include "base/err.h"
#include "store/sqlite/connection.h"

/* Renames the table, view or index of that name, in any case; does nothing where there is none. */
ERR_CHECKED enum err rename_object(struct connection *connection, const char *name,
    FILE *remarks);

/* Renames a column of users; nothing where there is none of that name. */
ERR_CHECKED enum err rename_column(struct connection *connection, const char *name,
    FILE *remarks);

#endif
