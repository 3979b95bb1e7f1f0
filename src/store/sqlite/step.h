/*
 * step: takes a step of the schema. For the files of `sqlite` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_STEP_H
#define BEARWARD_STORE_SQLITE_STEP_H

#include <stdio.h>

#include "base/err.h"
#include "store/migrate.h"
#include "store/sqlite/connection.h"

/*
 * Adds the columns of a step, runs its script and records it, in the transaction that is open.
 * What an application has by the name of something of ours is renamed before, and said in remarks:
 * see rename.h.
 */
ERR_CHECKED enum err step_take(struct connection *connection, const struct migration *step,
    FILE *remarks);

#endif
