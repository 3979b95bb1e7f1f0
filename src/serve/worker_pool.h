/*
 * worker_pool: the threads of a FastCGI process, all on one listening socket.
 *
 * Some threads stay from start to end. Others are started while all are busy, up to a bound, and
 * end after they have been idle for some seconds, unless no other is idle. So others can be
 * refused at once while requests wait for something costly, and a quiet process has few threads. A
 * connection that the web server keeps open takes up no thread while it is silent (connections.h).
 */
#ifndef BEARWARD_SERVE_WORKER_POOL_H
#define BEARWARD_SERVE_WORKER_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "serve/awake.h"
#include "serve/connections.h"

struct worker_pool;

/* What the threads do. Each is one of the workers 0 to most - 1 as long as it runs. */
struct worker_pool_plan {
	long permanent;		/* threads that stay from start to end */
	long most;		/* threads when all are busy */
	int idle_ms;		/* until one that does not stay ends, if another is idle */
	/* Borrowed: which of them are awake, where all of them are permanent; NULL: all are. */
	struct awake *awake;
	void *arg;		/* borrowed; handed to serve() */
	/* Serves one request. Returns whether fd may be kept for another; else it is closed. */
	bool (*serve)(void *arg, long worker, enum connection connection, int fd);
};

/*
 * Starts the permanent threads. plan, connections and deadlines are borrowed until
 * worker_pool_stop(). *pool is owned: worker_pool_stop(). Returns ERR_INTERNAL, with *pool NULL
 * and no thread running, when a thread cannot be started, logged, or there is no memory.
 */
ERR_CHECKED enum err worker_pool_start(const struct worker_pool_plan *plan,
    struct connections *connections, struct deadlines *deadlines, struct worker_pool **pool);

/*
 * Enforces deadlines, joins threads that have ended, and gives memory back when it is quiet. One
 * thread calls it now and then.
 */
void worker_pool_maintain(struct worker_pool *pool);

/*
 * Returns whether threads are busy, and none has begun or ended anything for so long, as
 * worker_pool_maintain() saw it.
 */
bool worker_pool_is_stuck(const struct worker_pool *pool, int64_t patience_ms);

/*
 * Waits until all that was accepted, and what is accepted from the socket's queue within a second,
 * has been served, closes the socket and ends every thread. The connections stay the caller's.
 */
void worker_pool_stop(struct worker_pool *pool);

#endif
