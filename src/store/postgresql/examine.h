/*
 * examine: looks whether a PostgreSQL is as bearward needs it. For the files of `postgresql`
 * alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_EXAMINE_H
#define BEARWARD_STORE_POSTGRESQL_EXAMINE_H

#include "store/db.h"

/* Does what db_examine() says. */
void examine_database(const struct config *config, finding_note *note, void *arg);

#endif
