/*
 * use_lock: tells whether any process uses the database of a state directory. For the files of
 * `sqlite` alone.
 *
 * Every process that has the database open holds a shared flock() on use.lock, a file in the state
 * directory, until it ends: SQLite's own locks are not held by who is idle without a log. Whoever
 * puts another database in its place holds it alone.
 */
#ifndef BEARWARD_STORE_SQLITE_USE_LOCK_H
#define BEARWARD_STORE_SQLITE_USE_LOCK_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"

/*
 * Makes the file where it is missing and shares the lock; *fd is owned, and holds it until it is
 * closed. It is -1 where the file cannot be had, or cannot be locked: then we are not noticed.
 * Returns ERR_CONFLICT when somebody holds it alone.
 */
ERR_CHECKED enum err use_lock_share(const struct config *config, int *fd);

/*
 * Takes the lock alone; waits until deadline, in milliseconds of clock_ms(), for programs that are
 * about to end. Returns ERR_CONFLICT when others have it, or ERR_STORAGE, with errno.
 */
ERR_CHECKED enum err use_lock_take(const struct config *config, int64_t deadline, int *fd);

#endif
