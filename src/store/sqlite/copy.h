/*
 * copy: a copy of the whole database in a file of its own, durable.
 * For the files of `store` alone.
 */
#ifndef BEARWARD_STORE_SQLITE_COPY_H
#define BEARWARD_STORE_SQLITE_COPY_H

#include "base/err.h"
#include "store/sqlite/connection.h"

/*
 * Copies what is committed to a new file at path, which must not exist, with mode 0600. The
 * connection may have a write transaction open that has changed nothing yet: then nobody else
 * changes anything between the copy and what follows it. ERR_STORAGE, complained about, or
 * ERR_MEMORY: there is no copy.
 */
ERR_CHECKED enum err copy_make(const struct connection *connection, const char *path);

/* Removes a copy that is not needed. */
void copy_remove(const struct connection *connection, const char *path);

#endif
