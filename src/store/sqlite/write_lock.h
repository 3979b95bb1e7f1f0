/*
 * write_lock: the lock that the writers of all processes take in turn. For the files of `sqlite`
 * alone.
 *
 * The writer has flock()ed write.lock, a file in the state directory. Whoever wants it next has
 * flock()ed write.queue meanwhile, and everybody else waits there: flock() alone lets the writer
 * that has just released it take it again before one that waited has woken up. The kernel releases
 * both when a process dies.
 *
 * A wait ends at its deadline through a signal, SIGRTMIN, which a process must leave to this.
 */
#ifndef BEARWARD_STORE_SQLITE_WRITE_LOCK_H
#define BEARWARD_STORE_SQLITE_WRITE_LOCK_H

#include <stdint.h>

#include "base/err.h"
#include "config/config.h"

struct write_lock {
	int fd;			/* owned; write.lock */
	int queue;		/* owned; write.queue */
};

/*
 * Opens the files, and makes those that are missing. ERR_STORAGE: errno says why; ERR_INTERNAL.
 * The lock may be given to write_lock_close() in any case.
 */
ERR_CHECKED enum err write_lock_open(const struct config *config, struct write_lock *lock);

void write_lock_close(struct write_lock *lock);

/*
 * Waits for the lock until deadline, in milliseconds of clock_ms(). One thread may do so at a time.
 * ERR_STORAGE: errno says why; it is ETIMEDOUT when the deadline has passed.
 */
ERR_CHECKED enum err write_lock_take(const struct write_lock *lock, int64_t deadline);

void write_lock_release(const struct write_lock *lock);

#endif
