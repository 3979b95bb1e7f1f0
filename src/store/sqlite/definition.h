/*
 * definition: reads the text of a CREATE statement for what SQLite does not tell otherwise. For
 * the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_DEFINITION_H
#define BEARWARD_STORE_SQLITE_DEFINITION_H

#include "base/err.h"

/*
 * Finds the expression of a generated column in the text of its table, without the parentheses
 * around it. *expression is owned, NULL when it is not found. Returns ERR_MEMORY.
 */
ERR_CHECKED enum err definition_find_expression(const char *sql, const char *column,
    char **expression);

/*
 * Writes the text of a CREATE INDEX or CREATE VIEW, as SQLite keeps it, with another name.
 * *renamed is owned. Returns ERR_MEMORY.
 */
ERR_CHECKED enum err definition_rename(const char *sql, const char *name, char **renamed);

#endif
