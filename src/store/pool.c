/* pool: a bounded number of connections that threads borrow in turn. */
#include "store/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

struct pool {
	struct pool_source source;
	pthread_mutex_t mutex;			/* over all that follows */
	pthread_cond_t returned;
	struct db_connection *idle[POOL_MOST];	/* owned; the one returned last is on top */
	int idle_count;
	int open_count;				/* lent, idle, or about to be opened */
};

enum err
pool_new(const struct pool_source *source, struct pool **pool)
{
	if ((*pool = calloc(1, sizeof(**pool))) == NULL)
		return ERR_INTERNAL;
	(*pool)->source = *source;
	(void)pthread_mutex_init(&(*pool)->mutex, NULL);
	(void)pthread_cond_init(&(*pool)->returned, NULL);
	return ERR_OK;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->idle_count > 0)
		pool->source.disconnect(pool->idle[--pool->idle_count]);
	(void)pthread_cond_destroy(&pool->returned);
	(void)pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

/* Waits until a connection is idle or may be opened. Returns false when the deadline passes. */
static bool
wait_for_one(struct pool *pool, int64_t deadline)
{
	const struct timespec until = {
		.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000,
	};
	int failure = 0;

	while (pool->idle_count == 0 && pool->open_count == POOL_MOST && failure != ETIMEDOUT)
		failure = pthread_cond_clockwait(&pool->returned, &pool->mutex, CLOCK_MONOTONIC,
		    &until);
	return pool->idle_count > 0 || pool->open_count < POOL_MOST;
}

static enum err
open_another(struct pool *pool, struct db_connection **connection)
{
	enum err err = pool->source.connect(pool->source.arg, connection);

	if (err == ERR_OK)
		return ERR_OK;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->open_count--;
	(void)pthread_cond_signal(&pool->returned);
	(void)pthread_mutex_unlock(&pool->mutex);
	return err;
}

enum err
pool_borrow(struct pool *pool, int64_t deadline, struct db_connection **connection)
{
	bool may_borrow;

	*connection = NULL;
	(void)pthread_mutex_lock(&pool->mutex);
	if ((may_borrow = wait_for_one(pool, deadline))) {
		if (pool->idle_count > 0)
			*connection = pool->idle[--pool->idle_count];
		else
			pool->open_count++;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	if (!may_borrow) {
		log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("attempt", "borrow a connection"),
		    LOG_TEXT("reason", "all of them are busy"));
		return ERR_STORAGE;
	}
	return *connection != NULL ? ERR_OK : open_another(pool, connection);
}

void
pool_return(struct pool *pool, struct db_connection *connection)
{
	(void)pthread_mutex_lock(&pool->mutex);
	pool->idle[pool->idle_count++] = connection;
	(void)pthread_cond_signal(&pool->returned);
	(void)pthread_mutex_unlock(&pool->mutex);
}
