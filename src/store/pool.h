/*
 * pool: a bounded number of connections that threads borrow in turn. For the files of `store`
 * alone.
 *
 * A connection is opened when one is wanted and none is idle. The one that was returned last is
 * lent first, since its caches are warm. While all are busy, threads wait; each gets one in time,
 * however often others come back for one.
 */
#ifndef BEARWARD_STORE_POOL_H
#define BEARWARD_STORE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum { POOL_MOST = 32 };	/* connections of one pool, at most */

struct pool;

struct pool_source {
	enum err (*connect)(void *arg, struct db_connection **connection);
	void (*disconnect)(struct db_connection *connection);
	void *arg;		/* borrowed until pool_free() */
};

/* Makes an empty pool of up to so many connections; *pool is owned. ERR_MEMORY. */
ERR_CHECKED enum err pool_new(const struct pool_source *source, int most, struct pool **pool);

/* Closes every connection; none may be lent. Accepts NULL. */
void pool_free(struct pool *pool);

/*
 * Lends a connection; while all are busy it waits for one until deadline, in milliseconds of
 * clock_ms(). Returns what connect() returned, or ERR_STORAGE, logged, when the deadline passed.
 */
ERR_CHECKED enum err pool_borrow(struct pool *pool, int64_t deadline,
    struct db_connection **connection);

/* Returns how many connections it may have. */
int pool_most(const struct pool *pool);

/* Counts a connection from elsewhere as one that is lent. Returns false when there is no place. */
bool pool_adopt(struct pool *pool);

/* Lends one that is idle; NULL: none is. */
struct db_connection *pool_borrow_idle(struct pool *pool);

/*
 * Closes those that have been idle since a moment of clock_ms(). Returns how many are idle still.
 */
int pool_trim(struct pool *pool, int64_t since);

/* Takes a connection back. */
void pool_return(struct pool *pool, struct db_connection *connection);

/* Closes a connection that was lent, and that is of no use any more. */
void pool_discard(struct pool *pool, struct db_connection *connection);

#endif
