/* writer: transactions that change something. */
#include "store/postgresql/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/postgresql/lender.h"
#include "store/postgresql/statement.h"
#include "store/postgresql/transaction.h"

enum {
	TRIES = 5,		/* of a transaction in which nothing was done */
	PAUSE = 5,		/* milliseconds, times the number of tries, before another */
	SETTLE_PAUSE = 50,	/* milliseconds before another look, and longer before each next */
	SETTLE_PAUSE_MOST = 1000,
};

struct writer {
	struct server *server;			/* borrowed */
	struct lender *lender;			/* owned */
};

enum err
writer_new(struct server *server, struct reader *reader, int most, struct writer **writer)
{
	enum err err;

	if ((*writer = calloc(1, sizeof(**writer))) == NULL)
		return ERR_MEMORY;
	(*writer)->server = server;
	if ((err = lender_new(server, reader, most, &(*writer)->lender)) == ERR_OK)
		return ERR_OK;
	free(*writer);
	*writer = NULL;
	return err;
}

void
writer_free(struct writer *writer)
{
	if (writer == NULL)
		return;
	lender_free(writer->lender);
	free(writer);
}

/*
 * Finds out what became of a transaction whose answer was lost. It was sent to the last server
 * that is known to take changes; another may do so by now.
 */
static enum transaction_end
settle(struct writer *writer, struct loan *loan, const struct transaction *transaction)
{
	const int64_t deadline = clock_ms() + writer->server->wait;
	enum transaction_end end = TRANSACTION_IN_DOUBT;
	int64_t pause = SETTLE_PAUSE;

	loan->connection->is_broken = true;
	while (end == TRANSACTION_IN_DOUBT && clock_ms() < deadline) {
		if (lender_replace(loan, deadline) == VERDICT_FINE) {
			loan->connection->deadline = deadline;
			end = transaction_settle(loan->connection, transaction);
		}
		if (end == TRANSACTION_IN_DOUBT) {
			loan->connection->is_broken = true;
			clock_sleep(pause);
			pause += pause < SETTLE_PAUSE_MOST ? SETTLE_PAUSE : 0;
		}
	}
	return end;
}

/* What a try of a transaction came to. */
struct outcome {
	enum err err;
	enum verdict verdict;	/* where nothing was done */
};

static enum err
err_of(enum verdict verdict)
{
	return verdict == VERDICT_CONFLICT ? ERR_CONFLICT :
	    verdict == VERDICT_REFERENCED ? ERR_REFERENCED : ERR_STORAGE;
}

static enum err
tell(const struct writer *writer, const char *reason)
{
	server_complain(writer->server, "commit a change", reason);
	return ERR_STORAGE;
}

/* Commits what the work has done, and gives the connection back. */
static struct outcome
finish(struct writer *writer, struct loan *loan, const struct transaction *transaction)
{
	struct outcome outcome = { ERR_OK, VERDICT_FINE };
	enum transaction_end end = transaction_commit(loan->connection);

	if (end == TRANSACTION_IN_DOUBT)
		end = settle(writer, loan, transaction);
	switch (end) {
	case TRANSACTION_DONE:
		break;
	case TRANSACTION_UNDONE:
		outcome.verdict = transaction->verdict;
		outcome.err = outcome.verdict != VERDICT_FINE ? err_of(outcome.verdict)
		    : tell(writer, "its answer was lost, and it was not done");
		break;
	case TRANSACTION_IN_DOUBT:
		outcome.err = tell(writer, "its answer was lost, and no server could tell what "
		    "became of it");
		break;
	case TRANSACTION_WAITS:
		outcome.err = tell(writer, "no answer within storage_wait; a synchronous "
		    "standby may be missing");
		lender_put_aside(writer->lender, loan);
		return outcome;
	}
	lender_take_back(writer->lender, loan);
	return outcome;
}

/* Runs the work once. */
static struct outcome
try_work(struct writer *writer, db_work *work, void *arg, int64_t deadline)
{
	struct transaction transaction = { .verdict = VERDICT_FINE };
	struct outcome outcome = { ERR_OK, VERDICT_FINE };
	struct loan loan;

	if ((outcome.err = secret_random(&transaction.mark, sizeof(transaction.mark))) != ERR_OK)
		return outcome;
	if ((outcome.err = lender_borrow(writer->lender, deadline, &loan)) != ERR_OK)
		return outcome;
	loan.connection->transaction = &transaction;
	memcpy(transaction.slot, loan.connection->slot, sizeof(transaction.slot));
	outcome.err = work(&loan.connection->base, arg);
	outcome.verdict = transaction.verdict;
	if (outcome.err == ERR_OK && outcome.verdict == VERDICT_FINE && transaction.is_begun)
		return finish(writer, &loan, &transaction);
	/* The server has not noticed: what waits there for a lock goes on to wait. */
	if (outcome.verdict == VERDICT_LATE) {
		lender_put_aside(writer->lender, &loan);
		return outcome;
	}
	if (transaction.is_begun)
		transaction_undo(loan.connection);
	/* Work may not go on after a failure. */
	if (outcome.err == ERR_OK && outcome.verdict != VERDICT_FINE)
		outcome.err = ERR_STORAGE;
	lender_take_back(writer->lender, &loan);
	return outcome;
}

/* Waits before another try, if there is one. */
static bool
may_try_again(enum verdict verdict, int tries, int64_t deadline)
{
	if (!connection_may_repeat(verdict) || tries == TRIES ||
	    clock_ms() + PAUSE * tries >= deadline)
		return false;
	clock_sleep(PAUSE * tries);
	return true;
}

enum err
writer_transact(struct writer *writer, db_work *work, void *arg)
{
	const int64_t deadline = clock_ms() + writer->server->wait;
	struct outcome outcome;
	int tries = 0;

	do
		outcome = try_work(writer, work, arg, deadline);
	while (may_try_again(outcome.verdict, ++tries, deadline));
	if (connection_may_repeat(outcome.verdict) || outcome.verdict == VERDICT_LATE)
		return connection_tell(writer->server, outcome.verdict, "change something", NULL);
	return outcome.err;
}

/* A statement that is a transaction of its own, and who takes its rows. */
struct change {
	struct exchange step;
	db_take *take;
	void *arg;
	int64_t *rows;
};

/* Runs one statement, which commits by itself. */
static struct outcome
try_statement(struct writer *writer, struct change *change, int64_t deadline)
{
	struct exchange *step = &change->step;
	struct outcome outcome = { ERR_OK, VERDICT_FINE };
	enum verdict verdict;
	struct connection *c;	/* borrowed */
	struct loan loan;

	if ((outcome.err = lender_borrow(writer->lender, deadline, &loan)) != ERR_OK)
		return outcome;
	c = loan.connection;
	c->deadline = deadline;
	c->has_warned = false;
	outcome.verdict = verdict = connection_exchange(c, step, 1);
	/* What it has changed was in the answer alone. */
	if (verdict == VERDICT_GONE || c->has_warned)
		outcome = (struct outcome){ tell(writer, "the answer was lost"), VERDICT_FINE };
	else if (outcome.verdict == VERDICT_FINE)
		outcome.err = statement_take(step->sql, step->result, change->take,
		    change->arg, change->rows);
	else if (!connection_may_repeat(outcome.verdict))
		outcome.err = connection_tell(writer->server, outcome.verdict, step->sql->text,
		    connection_reason(c, step, 1));
	PQclear(step->result);
	step->result = NULL;
	if (verdict == VERDICT_LATE)
		lender_put_aside(writer->lender, &loan);
	else
		lender_take_back(writer->lender, &loan);
	return outcome;
}

enum err
writer_change(struct writer *writer, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg, int64_t *rows)
{
	const int64_t deadline = clock_ms() + writer->server->wait;
	struct change change = { { .sql = sql, .values = values }, take, arg, rows };
	struct outcome outcome;
	int tries = 0;

	do
		outcome = try_statement(writer, &change, deadline);
	while (may_try_again(outcome.verdict, ++tries, deadline));
	if (connection_may_repeat(outcome.verdict))
		return connection_tell(writer->server, outcome.verdict, sql->text, NULL);
	return outcome.err;
}
