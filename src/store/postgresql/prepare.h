/*
 * prepare: makes our tables in a database, or brings them up to date. For the files of
 * `postgresql` alone.
 *
 * It is all one transaction, under a lock that the programs of all hosts respect: of two that do
 * it at the same time, the second finds it done. A database that is newer, and that this program
 * goes on with, is left as it is. Complaints go where those of the server go.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_PREPARE_H
#define BEARWARD_STORE_POSTGRESQL_PREPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "store/postgresql/connection.h"

/*
 * Does it in the role that the connection has, which owns the tables afterwards. Returns
 * ERR_SETUP, with what stands in the way, and changes nothing then.
 */
ERR_CHECKED enum err prepare_tables(struct connection *connection);

/*
 * Do what db.h says of db_find() and db_prepare(), in the role that the settings name, without an
 * administrator.
 */
ERR_CHECKED enum err prepare_find(const struct config *config, FILE *report, bool *is_there);
ERR_CHECKED enum err prepare_database(const struct config *config, FILE *report);

#endif
