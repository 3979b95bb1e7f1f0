/*
 * admin: makes the database, its roles and tables ready as an administrator of the server, or
 * prints what one is to run. For the files of `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_ADMIN_H
#define BEARWARD_STORE_POSTGRESQL_ADMIN_H

#include "base/err.h"
#include "store/db.h"

/* Do what db_prepare_as() and db_print_roles() say. */
ERR_CHECKED enum err admin_prepare(const struct config *config, const struct db_admin *admin);
ERR_CHECKED enum err admin_print(const struct config *config, const struct db_admin *admin,
    FILE *out);

#endif
