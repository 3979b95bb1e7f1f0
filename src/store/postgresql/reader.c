/* reader: what all threads of a process read goes over one connection, in batches. */
#include "store/postgresql/reader.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/thread.h"
#include "store/postgresql/statement.h"

enum {
	BATCH_MOST = 32,
	TRIES = 3,		/* of a batch, each on a connection that may be another */
	PAUSE = 50,		/* milliseconds until it is tried again to get a connection */
};

/* A thread that waits; on its stack. */
struct waiting {
	struct exchange exchange;
	enum err err;
	bool is_taken;			/* out of the queue: it is being served */
	bool is_done;
	pthread_cond_t told;
	TAILQ_ENTRY(waiting) place;
};

struct reader {
	struct server *server;			/* borrowed */
	struct connection *connection;		/* owned; the leader's alone; NULL: none */
	pthread_mutex_t mutex;			/* over all that follows */
	bool is_led;
	TAILQ_HEAD(queue, waiting) queue;	/* those who wait to be served */
	int lenders;				/* threads that want it for themselves */
	pthread_cond_t is_free;
};

enum err
reader_new(struct server *server, struct reader **reader)
{
	if ((*reader = calloc(1, sizeof(**reader))) == NULL)
		return ERR_MEMORY;
	(*reader)->server = server;
	TAILQ_INIT(&(*reader)->queue);
	(void)pthread_mutex_init(&(*reader)->mutex, NULL);
	(void)pthread_cond_init(&(*reader)->is_free, NULL);
	return ERR_OK;
}

void
reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	connection_close(reader->connection);
	(void)pthread_cond_destroy(&reader->is_free);
	(void)pthread_mutex_destroy(&reader->mutex);
	free(reader);
}

/* ---- as the leader */

static void
disconnect(struct reader *reader)
{
	connection_close(reader->connection);
	reader->connection = NULL;
}

/* Connects where there is no connection; waits for one that others have, until the deadline. */
static enum verdict
connect_until(struct reader *reader, int64_t deadline)
{
	enum verdict verdict = VERDICT_FINE;

	while (reader->connection == NULL) {
		verdict = connection_open(reader->server, deadline, &reader->connection);
		if (verdict != VERDICT_FULL || clock_ms() + PAUSE >= deadline)
			break;
		clock_sleep(PAUSE);
	}
	return verdict;
}

static void
clear_results(struct exchange *exchanges, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		PQclear(exchanges[i].result);
		exchanges[i].result = NULL;
	}
}

/*
 * Makes a round trip, on a new connection where the first was dead. The results of a last try that
 * failed are kept.
 */
static enum verdict
exchange(struct reader *reader, struct exchange *exchanges, size_t count)
{
	const int64_t deadline = clock_ms() + reader->server->wait;
	enum verdict verdict = VERDICT_GONE;

	for (int i = 0; i < TRIES && connection_may_repeat(verdict); i++) {
		clear_results(exchanges, count);
		if ((verdict = connect_until(reader, deadline)) == VERDICT_FULL)
			(void)connection_tell(reader->server, verdict, "read", NULL);
		if (verdict != VERDICT_FINE)
			return verdict;
		reader->connection->deadline = deadline;
		verdict = connection_exchange(reader->connection, exchanges, count);
		if (reader->connection->is_broken) {
			if (i + 1 == TRIES || !connection_may_repeat(verdict))
				(void)connection_tell(reader->server, verdict, "read",
				    PQerrorMessage(reader->connection->pg));
			disconnect(reader);
		}
	}
	return verdict;
}

/* Serves one by itself: something in its batch has failed. */
static void
serve_one(struct reader *reader, struct waiting *one)
{
	const enum verdict verdict = exchange(reader, &one->exchange, 1);

	if (verdict == VERDICT_FINE)
		one->err = ERR_OK;
	else if (reader->connection == NULL)
		one->err = verdict == VERDICT_MEMORY ? ERR_MEMORY : ERR_STORAGE;
	else
		one->err = connection_tell(reader->server, verdict, one->exchange.sql->text,
		    connection_reason(reader->connection, &one->exchange, 1));
}

static void
serve(struct reader *reader, struct waiting **batch, size_t count)
{
	struct exchange exchanges[BATCH_MOST];
	enum verdict verdict;

	for (size_t i = 0; i < count; i++)
		exchanges[i] = batch[i]->exchange;
	verdict = exchange(reader, exchanges, count);
	if (verdict != VERDICT_FINE && reader->connection != NULL) {
		clear_results(exchanges, count);
		for (size_t i = 0; i < count; i++)
			serve_one(reader, batch[i]);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		batch[i]->exchange = exchanges[i];
		batch[i]->err = verdict == VERDICT_FINE ? ERR_OK :
		    verdict == VERDICT_MEMORY ? ERR_MEMORY : ERR_STORAGE;
	}
}

/* ---- the queue */

static size_t
take_batch(struct reader *reader, struct waiting **batch)
{
	struct waiting *first;	/* borrowed */
	size_t count = 0;

	while (count < BATCH_MOST && (first = TAILQ_FIRST(&reader->queue)) != NULL) {
		TAILQ_REMOVE(&reader->queue, first, place);
		first->is_taken = true;
		batch[count++] = first;
	}
	return count;
}

/* Lets the next one lead: who wants the connection alone, or the first of the queue. */
static void
stop_leading(struct reader *reader)
{
	struct waiting *first = TAILQ_FIRST(&reader->queue);	/* borrowed */

	reader->is_led = false;
	if (reader->lenders > 0)
		(void)pthread_cond_signal(&reader->is_free);
	else if (first != NULL)
		(void)pthread_cond_signal(&first->told);
}

static void
lead(struct reader *reader)
{
	struct waiting *batch[BATCH_MOST];
	size_t count;

	reader->is_led = true;
	/* Who is about to come shares the round trip: on a busy host that saves a tenth. */
	(void)pthread_mutex_unlock(&reader->mutex);
	(void)sched_yield();
	(void)pthread_mutex_lock(&reader->mutex);
	count = take_batch(reader, batch);
	(void)pthread_mutex_unlock(&reader->mutex);
	serve(reader, batch, count);
	(void)pthread_mutex_lock(&reader->mutex);
	for (size_t i = 0; i < count; i++) {
		batch[i]->is_done = true;
		(void)pthread_cond_signal(&batch[i]->told);
	}
	stop_leading(reader);
}

/* Waits in the queue until it is served. Returns false when nobody took it out in time. */
static bool
wait_in_queue(struct reader *reader, struct waiting *self)
{
	const int64_t deadline = clock_ms() + reader->server->wait;

	(void)pthread_mutex_lock(&reader->mutex);
	TAILQ_INSERT_TAIL(&reader->queue, self, place);
	while (!self->is_done) {
		if (!reader->is_led && reader->lenders == 0)
			lead(reader);
		else if (self->is_taken)
			(void)pthread_cond_wait(&self->told, &reader->mutex);
		else if (clock_ms() < deadline)
			thread_wait_until(&self->told, &reader->mutex, deadline);
		else
			break;
	}
	if (!self->is_done)
		TAILQ_REMOVE(&reader->queue, self, place);
	(void)pthread_mutex_unlock(&reader->mutex);
	return self->is_done;
}

enum err
reader_read(struct reader *reader, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg)
{
	struct waiting self = { .exchange = { .sql = sql, .values = values } };
	enum err err;

	(void)pthread_cond_init(&self.told, NULL);
	if (!wait_in_queue(reader, &self))
		self.err = connection_tell(reader->server, VERDICT_LATE, "read", NULL);
	(void)pthread_cond_destroy(&self.told);
	if ((err = self.err) == ERR_OK)
		err = statement_take(sql, self.exchange.result, take, arg, NULL);
	PQclear(self.exchange.result);
	return err;
}

enum verdict
reader_connect(struct reader *reader)
{
	return reader->connection != NULL ? VERDICT_FINE :
	    connection_open(reader->server, clock_ms() + reader->server->wait,
	    &reader->connection);
}

struct connection *
reader_lend(struct reader *reader, int64_t deadline, enum verdict *verdict)
{
	struct connection *c;	/* borrowed */

	*verdict = VERDICT_FULL;
	(void)pthread_mutex_lock(&reader->mutex);
	reader->lenders++;
	while (reader->is_led && clock_ms() < deadline)
		thread_wait_until(&reader->is_free, &reader->mutex, deadline);
	reader->lenders--;
	if (reader->is_led) {
		(void)pthread_mutex_unlock(&reader->mutex);
		return NULL;
	}
	reader->is_led = true;
	(void)pthread_mutex_unlock(&reader->mutex);
	/* A change that is sent to a server that is gone might have been done, for all we know. */
	if (reader->connection != NULL && !connection_is_alive(reader->connection))
		disconnect(reader);
	*verdict = connect_until(reader, deadline);
	if ((c = reader->connection) == NULL)
		reader_take_back(reader, NULL);
	return c;
}

void
reader_take_back(struct reader *reader, struct connection *connection)
{
	reader->connection = connection;
	(void)pthread_mutex_lock(&reader->mutex);
	stop_leading(reader);
	(void)pthread_mutex_unlock(&reader->mutex);
}
