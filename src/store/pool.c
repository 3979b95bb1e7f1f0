/* pool: a bounded number of connections that threads borrow in turn. */
#include "store/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

/*
 * Milliseconds. A thread that returns a connection and wants it again at once may have it: to wake
 * up another for each statement would take longer than most statements do. After so long, though,
 * a connection goes to the thread that waits for it.
 */
enum { PATIENCE = 20 };

/* A thread that waits; on its stack. */
struct waiter {
	int64_t since;				/* milliseconds of clock_ms() */
	struct db_connection *connection;	/* handed over; NULL: not yet */
	pthread_cond_t told;
	TAILQ_ENTRY(waiter) place;
};

struct pool {
	struct pool_source source;
	int most;				/* connections */
	pthread_mutex_t mutex;			/* over all that follows */
	TAILQ_HEAD(, waiter) waiters;		/* the one that came first is first */
	struct db_connection *idle[POOL_MOST];	/* owned; the one returned last is last */
	int64_t idle_since[POOL_MOST];		/* milliseconds of clock_ms() */
	int idle_count;
	int open_count;				/* lent, idle, or about to be opened */
};

enum err
pool_new(const struct pool_source *source, int most, struct pool **pool)
{
	if ((*pool = calloc(1, sizeof(**pool))) == NULL)
		return ERR_MEMORY;
	(*pool)->source = *source;
	(*pool)->most = most < POOL_MOST ? most : POOL_MOST;
	TAILQ_INIT(&(*pool)->waiters);
	(void)pthread_mutex_init(&(*pool)->mutex, NULL);
	return ERR_OK;
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->idle_count > 0)
		pool->source.disconnect(pool->idle[--pool->idle_count]);
	(void)pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

static bool
is_exhausted(const struct pool *pool)
{
	return pool->idle_count == 0 && pool->open_count == pool->most;
}

/* Waits until a connection is idle, may be opened, or is handed over; or until the deadline. */
static struct db_connection *
wait_for_one(struct pool *pool, int64_t deadline)
{
	struct waiter waiter = { .since = clock_ms() };

	(void)pthread_cond_init(&waiter.told, NULL);
	TAILQ_INSERT_TAIL(&pool->waiters, &waiter, place);
	while (waiter.connection == NULL && is_exhausted(pool) && clock_ms() < deadline)
		thread_wait_until(&waiter.told, &pool->mutex, deadline);
	if (waiter.connection == NULL)
		TAILQ_REMOVE(&pool->waiters, &waiter, place);
	(void)pthread_cond_destroy(&waiter.told);
	return waiter.connection;
}

/* Tells the thread that has waited longest to look again. */
static void
tell_first(struct pool *pool)
{
	struct waiter *first = TAILQ_FIRST(&pool->waiters);	/* borrowed */

	if (first != NULL)
		(void)pthread_cond_signal(&first->told);
}

/* Lends a connection; NULL: one is about to be opened, or none is to be had. */
static struct db_connection *
lend(struct pool *pool, int64_t deadline, bool *is_to_be_opened)
{
	struct db_connection *connection = NULL;	/* borrowed */

	*is_to_be_opened = false;
	(void)pthread_mutex_lock(&pool->mutex);
	if (is_exhausted(pool))
		connection = wait_for_one(pool, deadline);
	if (connection == NULL && pool->idle_count > 0)
		connection = pool->idle[--pool->idle_count];
	if (connection == NULL && pool->open_count < pool->most) {
		pool->open_count++;
		*is_to_be_opened = true;
	}
	/* Two may have been returned before the first waiter woke up. */
	if (!is_exhausted(pool))
		tell_first(pool);
	(void)pthread_mutex_unlock(&pool->mutex);
	return connection;
}

/* Makes room for another connection. */
static void
count_one_less(struct pool *pool)
{
	(void)pthread_mutex_lock(&pool->mutex);
	pool->open_count--;
	tell_first(pool);
	(void)pthread_mutex_unlock(&pool->mutex);
}

static enum err
open_another(struct pool *pool, struct db_connection **connection)
{
	enum err err = pool->source.connect(pool->source.arg, connection);

	if (err != ERR_OK)
		count_one_less(pool);
	return err;
}

enum err
pool_borrow(struct pool *pool, int64_t deadline, struct db_connection **connection)
{
	bool is_to_be_opened;

	*connection = lend(pool, deadline, &is_to_be_opened);
	if (is_to_be_opened)
		return open_another(pool, connection);
	if (*connection != NULL)
		return ERR_OK;
	log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("attempt", "borrow a connection"),
	    LOG_TEXT("reason", "all of them are busy"));
	return ERR_STORAGE;
}

int
pool_most(const struct pool *pool)
{
	return pool->most;
}

bool
pool_adopt(struct pool *pool)
{
	bool has_place;

	(void)pthread_mutex_lock(&pool->mutex);
	has_place = pool->open_count < pool->most;
	pool->open_count += has_place;
	(void)pthread_mutex_unlock(&pool->mutex);
	return has_place;
}

struct db_connection *
pool_borrow_idle(struct pool *pool)
{
	struct db_connection *connection = NULL;	/* borrowed */

	(void)pthread_mutex_lock(&pool->mutex);
	if (pool->idle_count > 0)
		connection = pool->idle[--pool->idle_count];
	(void)pthread_mutex_unlock(&pool->mutex);
	return connection;
}

/* Takes the one that has been idle longest, if that is since a moment; NULL: none is. */
static struct db_connection *
take_oldest(struct pool *pool, int64_t since)
{
	struct db_connection *oldest = NULL;	/* borrowed */

	(void)pthread_mutex_lock(&pool->mutex);
	if (pool->idle_count > 0 && pool->idle_since[0] <= since) {
		oldest = pool->idle[0];
		pool->idle_count--;
		for (int i = 0; i < pool->idle_count; i++) {
			pool->idle[i] = pool->idle[i + 1];
			pool->idle_since[i] = pool->idle_since[i + 1];
		}
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return oldest;
}

int
pool_trim(struct pool *pool, int64_t since)
{
	struct db_connection *oldest;	/* borrowed */
	int count;

	while ((oldest = take_oldest(pool, since)) != NULL)
		pool_discard(pool, oldest);
	(void)pthread_mutex_lock(&pool->mutex);
	count = pool->idle_count;
	(void)pthread_mutex_unlock(&pool->mutex);
	return count;
}

void
pool_return(struct pool *pool, struct db_connection *connection)
{
	struct waiter *first;	/* borrowed */

	(void)pthread_mutex_lock(&pool->mutex);
	first = TAILQ_FIRST(&pool->waiters);
	if (first != NULL && clock_ms() - first->since >= PATIENCE) {
		TAILQ_REMOVE(&pool->waiters, first, place);
		first->connection = connection;
	} else {
		pool->idle_since[pool->idle_count] = clock_ms();
		pool->idle[pool->idle_count++] = connection;
	}
	if (first != NULL)
		(void)pthread_cond_signal(&first->told);
	(void)pthread_mutex_unlock(&pool->mutex);
}

void
pool_discard(struct pool *pool, struct db_connection *connection)
{
	pool->source.disconnect(connection);
	count_one_less(pool);
}
