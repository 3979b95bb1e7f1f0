/*
 * prepare: makes a file one of our databases, where there is something to be made. For the files
 * of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_PREPARE_H
#define BEARWARD_STORE_SQLITE_PREPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"
#include "text/user_columns.h"

/* Does what db_find() says. */
ERR_CHECKED enum err prepare_find(const struct config *config,
    const struct user_columns_named *named, FILE *report, bool *is_there);

/* Does what db_prepare() says. */
ERR_CHECKED enum err prepare_database(const struct config *config,
    const struct user_columns_named *named, FILE *report);

#endif
