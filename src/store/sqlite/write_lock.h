/*
 * write_lock: the lock that the writers of all processes take in turn. For the files of `sqlite`
 * alone.
 *
 * The process that writes holds a flock() on write.lock, a file in the state directory. The
 * process that is next holds one on write.queue and waits for write.lock; all others wait for
 * write.queue. With write.lock alone, a process that has just released it would take it again
 * before one that waits has woken up. The kernel releases the locks of a process that dies. They
 * belong to the open file: two struct write_lock of one process exclude one another, and after a
 * fork each process has to open its own.
 *
 * A wait ends at its deadline through a signal, SIGRTMIN, which nothing else in the process may
 * use.
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
 * Opens the files, and makes those that are missing. ERR_STORAGE: errno says why; ERR_MEMORY.
 * The lock may be given to write_lock_close() in any case.
 */
ERR_CHECKED enum err write_lock_open(const struct config *config, struct write_lock *lock);

/* Closes the files. */
void write_lock_close(struct write_lock *lock);

/*
 * Waits for the lock until deadline, in milliseconds of clock_ms(). One thread may do so at a
 * time. ERR_STORAGE: errno says why; it is ETIMEDOUT when the deadline has passed.
 */
ERR_CHECKED enum err write_lock_take(const struct write_lock *lock, int64_t deadline);

/* Lets the next process have the lock. */
void write_lock_release(const struct write_lock *lock);

#endif
