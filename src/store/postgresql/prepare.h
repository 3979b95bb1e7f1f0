/*
 * prepare: makes a PostgreSQL database one of ours, where there is something to be made. For the
 * files of `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_PREPARE_H
#define BEARWARD_STORE_POSTGRESQL_PREPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config.h"

/* Do what db.h says of db_find() and db_prepare(). */
ERR_CHECKED enum err prepare_find(const struct config *config, FILE *report, bool *is_there);
ERR_CHECKED enum err prepare_database(const struct config *config, FILE *report);

#endif
