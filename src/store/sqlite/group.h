/*
 * group: group commit: what threads of a process change at the same time shares one COMMIT. For
 * the files of `sqlite` alone.
 *
 * A commit waits for the disk, and takes as long for one change as for fifty. So a thread that
 * wants to change something joins a queue. One of them leads: it takes the lock, does the work of
 * all that are in the queue by then, each in a savepoint of its own, commits, and tells the
 * others.
 */
#ifndef BEARWARD_STORE_SQLITE_GROUP_H
#define BEARWARD_STORE_SQLITE_GROUP_H

#include "base/err.h"
#include "store/db.h"
#include "store/sqlite/writer.h"

struct group;

/* Makes a group on a writer, which is taken; *group is owned. ERR_MEMORY. */
ERR_CHECKED enum err group_new(struct writer *writer, struct group **group);

/* Accepts NULL. */
void group_free(struct group *group);

/*
 * Does the work of one transaction, as db_transact() says. Work that fails is undone alone. When
 * the transaction fails as a whole, all whose work was part of it get an error.
 */
ERR_CHECKED enum err group_transact(struct group *group, db_work *work, void *arg);

#endif
