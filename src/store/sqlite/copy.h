/*
 * copy: a copy of the whole database in a file of its own, durable.
 * For the files of `store` alone.
 *
 * It is PATH.before-takeover.tmp until copy_keep() gives it its name for good. So after a takeover
 * was cut off, that file is the copy if the takeover was committed, and else is of no use.
 */
#ifndef BEARWARD_STORE_SQLITE_COPY_H
#define BEARWARD_STORE_SQLITE_COPY_H

#include <stdbool.h>

#include "base/err.h"
#include "store/sqlite/connection.h"

/*
 * Copies what is committed to PATH.before-takeover.tmp, with mode 0600, in place of what an
 * earlier process has left there. The connection may have a write transaction open that has
 * changed nothing yet: then nobody else changes anything between the copy and what follows it.
 * Returns ERR_STORAGE, complained about, or ERR_MEMORY; there is no copy then. It is ERR_STORAGE,
 * too, when PATH.before-takeover exists and has other content, which must not be replaced.
 */
ERR_CHECKED enum err copy_make(const struct connection *connection);

/*
 * Gives a copy, if there is one, the name under which it is kept, PATH.before-takeover; *path is
 * owned, NULL where there is none.
 */
ERR_CHECKED enum err copy_keep(const struct connection *connection, char **path);

/* Returns whether there is a copy that is not kept yet. */
bool copy_is_there(const struct connection *connection);

/* Removes a copy that is not kept, and what was left of one. */
void copy_remove(const struct connection *connection);

#endif
