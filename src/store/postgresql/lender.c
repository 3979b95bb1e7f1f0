/* lender: lends connections to transactions, one at a time. */
#include "store/postgresql/lender.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "store/pool.h"
#include "store/postgresql/statement.h"

enum {
	IDLE = 3000,		/* milliseconds until a connection that is not used is closed */
	LOOK_EVERY = 500,	/* milliseconds between two looks at what is idle or aside */
	TIGHT_FOR = 30000,	/* milliseconds in which no further one is opened */
	FREE_LEAST = 8,		/* connections of the role that are left to other processes */
	LEFT_FOR = 5000,	/* milliseconds until it is looked again whether they are */
};

struct lender {
	struct server *server;			/* borrowed */
	struct reader *reader;			/* borrowed */
	struct pool *pool;			/* owned */
	_Atomic int64_t tight_until;		/* of clock_ms(): others need what is left */
	pthread_mutex_t mutex;			/* over all that follows */
	struct connection *aside[POOL_MOST];	/* owned: their commits have no answer yet */
	int aside_count;
	bool is_ending;
	bool is_called;				/* the keeper has not looked since */
	bool has_keeper;
	struct thread keeper;			/* closes what is not used */
	pthread_cond_t is_wanted;		/* the keeper */
};

/* How many connections the role may have, -1 for any number, and how many it has. */
static const struct db_sql count_connections = {
	.text = "SELECT rolconnlimit, (SELECT count(*) FROM pg_stat_activity "
		"WHERE usesysid = pg_roles.oid) FROM pg_roles WHERE rolname = current_user",
};

static enum err
take_both(const struct db_row *row, void *arg)
{
	int64_t *numbers = arg;

	numbers[0] = db_row_int(row, 0);
	numbers[1] = db_row_int(row, 1);
	return ERR_OK;
}

/*
 * Tells whether enough connections are left for processes that have none, of those that the role
 * may have: one for each program of a host, and a quarter.
 */
static bool
leaves_some(struct lender *lender, struct connection *c)
{
	struct exchange exchange = { .sql = &count_connections };
	int64_t numbers[2] = { -1, 0 };
	int64_t least;

	c->deadline = clock_ms() + lender->server->wait;
	if (connection_exchange(c, &exchange, 1) == VERDICT_FINE)
		(void)!statement_take(exchange.sql, exchange.result, take_both, numbers, NULL);
	PQclear(exchange.result);
	c->left_until = clock_ms() + LEFT_FOR;
	least = numbers[0] / 4 > FREE_LEAST ? numbers[0] / 4 : FREE_LEAST;
	return numbers[0] < 0 || numbers[0] - numbers[1] >= least;
}

/* Tells whether others do not need the place of one of the pool meanwhile. */
static bool
may_stay(struct lender *lender, struct connection *c)
{
	if (clock_ms() < c->left_until || leaves_some(lender, c))
		return !c->is_broken;
	atomic_store(&lender->tight_until, clock_ms() + TIGHT_FOR);
	return false;
}

/* Opens one more than the reader's. ERR_REFUSED: the reader's must do. */
static enum err
connect_one(void *arg, struct db_connection **connection)
{
	struct lender *lender = arg;
	struct connection *c = NULL;		/* owned until it is given away */
	const int64_t now = clock_ms();
	enum verdict verdict = VERDICT_FULL;

	*connection = NULL;
	if (now >= atomic_load(&lender->tight_until))
		verdict = connection_open(lender->server, now + lender->server->wait, &c);
	if (verdict == VERDICT_FINE && !leaves_some(lender, c)) {
		connection_close(c);
		verdict = VERDICT_FULL;
	}
	if (verdict == VERDICT_FULL && now >= atomic_load(&lender->tight_until))
		atomic_store(&lender->tight_until, now + TIGHT_FOR);
	switch (verdict) {
	case VERDICT_FINE:
		*connection = &c->base;
		return ERR_OK;
	case VERDICT_FULL:
		return ERR_REFUSED;
	case VERDICT_MEMORY:
		return ERR_MEMORY;
	default:
		return ERR_STORAGE;
	}
}

static void
disconnect_one(struct db_connection *connection)
{
	connection_close((struct connection *)connection);
}

enum err
lender_new(struct server *server, struct reader *reader, int most, struct lender **lender)
{
	struct lender *l = calloc(1, sizeof(*l));	/* owned until it is given away */

	*lender = NULL;
	if (l == NULL)
		return ERR_MEMORY;
	l->server = server;
	l->reader = reader;
	if (pool_new(&(struct pool_source){ connect_one, disconnect_one, l }, most,
	    &l->pool) != ERR_OK) {
		free(l);
		return ERR_MEMORY;
	}
	(void)pthread_mutex_init(&l->mutex, NULL);
	(void)pthread_cond_init(&l->is_wanted, NULL);
	*lender = l;
	return ERR_OK;
}

void
lender_free(struct lender *lender)
{
	if (lender == NULL)
		return;
	(void)pthread_mutex_lock(&lender->mutex);
	lender->is_ending = true;
	(void)pthread_cond_signal(&lender->is_wanted);
	(void)pthread_mutex_unlock(&lender->mutex);
	if (lender->has_keeper)
		thread_join(&lender->keeper);
	while (lender->aside_count > 0)
		connection_close(lender->aside[--lender->aside_count]);
	pool_free(lender->pool);
	(void)pthread_cond_destroy(&lender->is_wanted);
	(void)pthread_mutex_destroy(&lender->mutex);
	free(lender);
}

/* ---- what is idle, and what is aside */

/* Closes what was aside and has been answered; its place in the pool is free then. */
static void
look_aside(struct lender *lender)
{
	struct connection *answered[POOL_MOST];
	int count = 0;

	(void)pthread_mutex_lock(&lender->mutex);
	for (int i = lender->aside_count; i-- > 0; )
		if (connection_is_answered(lender->aside[i])) {
			answered[count++] = lender->aside[i];
			lender->aside[i] = lender->aside[--lender->aside_count];
		}
	(void)pthread_mutex_unlock(&lender->mutex);
	while (count > 0)
		pool_discard(lender->pool, &answered[--count]->base);
}

static void *
keep(void *arg)
{
	struct lender *lender = arg;

	(void)pthread_mutex_lock(&lender->mutex);
	while (!lender->is_ending) {
		bool has_work = lender->aside_count > 0;

		lender->is_called = false;
		(void)pthread_mutex_unlock(&lender->mutex);
		look_aside(lender);
		has_work = pool_trim(lender->pool, clock_ms() - IDLE) > 0 || has_work;
		(void)pthread_mutex_lock(&lender->mutex);
		if (lender->is_ending || lender->is_called)
			continue;
		if (has_work)
			thread_wait_until(&lender->is_wanted, &lender->mutex,
			    clock_ms() + LOOK_EVERY);
		else
			(void)pthread_cond_wait(&lender->is_wanted, &lender->mutex);
	}
	(void)pthread_mutex_unlock(&lender->mutex);
	return NULL;
}

/* Has the keeper look: something is idle or aside. */
static void
call_keeper(struct lender *lender)
{
	(void)pthread_mutex_lock(&lender->mutex);
	lender->is_called = true;
	if (!lender->has_keeper)
		lender->has_keeper = thread_start(&lender->keeper, keep, lender) == ERR_OK;
	else
		(void)pthread_cond_signal(&lender->is_wanted);
	(void)pthread_mutex_unlock(&lender->mutex);
}

/* ---- lending */

/* Borrows from the pool one that is idle and alive, or NULL. */
static struct connection *
borrow_idle(struct lender *lender)
{
	struct connection *c;	/* borrowed */

	while ((c = (struct connection *)pool_borrow_idle(lender->pool)) != NULL) {
		if (connection_is_alive(c))
			return c;
		pool_discard(lender->pool, &c->base);
	}
	return NULL;
}

/* Counts the connections that wait for commits. */
static int
count_aside(struct lender *lender)
{
	int count;

	look_aside(lender);
	(void)pthread_mutex_lock(&lender->mutex);
	count = lender->aside_count;
	(void)pthread_mutex_unlock(&lender->mutex);
	return count;
}

enum err
lender_borrow(struct lender *lender, int64_t deadline, struct loan *loan)
{
	struct db_connection *connection = NULL;	/* borrowed */
	enum verdict verdict;
	enum err err;
	int aside;

	*loan = (struct loan){ .connection = borrow_idle(lender) };
	if (loan->connection != NULL)
		return ERR_OK;
	/* All of them wait for commits: there is no use in waiting as well. */
	if ((aside = count_aside(lender)) >= pool_most(lender->pool)) {
		server_complain(lender->server, "change something",
		    "all commits that were begun wait for an answer");
		return ERR_STORAGE;
	}
	/* Where commits are not answered, those who only read should not wait for one. */
	loan->is_of_reader = aside == 0;
	if (aside == 0 && (loan->connection = reader_lend(lender->reader, 0, &verdict)) != NULL)
		return ERR_OK;
	loan->is_of_reader = false;
	err = pool_borrow(lender->pool, deadline, &connection);
	loan->connection = (struct connection *)connection;
	if (err != ERR_REFUSED)
		return err;
	/* Others have all connections that there are: the one that is read on must do. */
	loan->is_of_reader = true;
	loan->connection = reader_lend(lender->reader, deadline, &verdict);
	return loan->connection != NULL ? ERR_OK :
	    connection_tell(lender->server, verdict, "change something", NULL);
}

void
lender_take_back(struct lender *lender, struct loan *loan)
{
	struct connection *c = loan->connection;	/* borrowed */
	const bool is_free = connection_is_free(c);

	c->transaction = NULL;
	if (loan->is_of_reader && !is_free) {
		connection_close(c);
		reader_take_back(lender->reader, NULL);
	} else if (loan->is_of_reader) {
		reader_take_back(lender->reader, c);
	} else if (!is_free || !may_stay(lender, c)) {
		pool_discard(lender->pool, &c->base);
	} else {
		pool_return(lender->pool, &c->base);
		call_keeper(lender);
	}
}

/* Leaves a connection alone until its commit is answered. */
void
lender_put_aside(struct lender *lender, struct loan *loan)
{
	struct connection *c = loan->connection;	/* owned from here on */
	bool has_room;

	c->transaction = NULL;
	/* One of the reader's takes a place of the pool, or is given up. */
	if (loan->is_of_reader) {
		reader_take_back(lender->reader, NULL);
		if (!pool_adopt(lender->pool)) {
			connection_close(c);
			return;
		}
	}
	(void)pthread_mutex_lock(&lender->mutex);
	has_room = lender->aside_count < POOL_MOST;
	if (has_room)
		lender->aside[lender->aside_count++] = c;
	(void)pthread_mutex_unlock(&lender->mutex);
	if (!has_room)
		pool_discard(lender->pool, &c->base);
	call_keeper(lender);
}

enum verdict
lender_replace(struct loan *loan, int64_t deadline)
{
	struct connection *former = loan->connection, *c = NULL;	/* owned */
	const enum verdict verdict = connection_open(former->server, deadline, &c);

	if (verdict != VERDICT_FINE)
		return verdict;
	connection_close(former);
	loan->connection = c;
	return VERDICT_FINE;
}
