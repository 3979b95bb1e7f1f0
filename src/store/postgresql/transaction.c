/* transaction: one transaction on a connection, and what became of it. */
#include "store/postgresql/transaction.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/postgresql/statement.h"

static const struct db_sql begin = { .text = "BEGIN" };
static const struct db_sql commit = { .text = "COMMIT" };
static const struct db_sql undo = { .text = "ROLLBACK" };
/* The row is locked until the end: whoever wants to know the end waits for it. */
static const struct db_sql leave_mark = {
	.text = "INSERT INTO settled (slot, token, at) VALUES ($1, $2, $3) "
		"ON CONFLICT (slot) DO UPDATE SET token = excluded.token, at = excluded.at",
};
/*
 * 0, or no row: the mark was not there. Where it was, it is written again: once that is durable,
 * so is all that came before. One at 0 is no mark, but what a former look has left in its place.
 */
static const struct db_sql settle = {
	.text = "INSERT INTO settled (slot, token, at) VALUES ($1, $2, 0) "
		"ON CONFLICT (slot) DO UPDATE SET at = $3 WHERE settled.token = excluded.token "
		"AND settled.at > 0 RETURNING at",
};

enum { BEGIN, MARK, STATEMENT, STEPS };

enum err
transaction_run(struct db_connection *connection, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg, int64_t *rows)
{
	struct connection *c = (struct connection *)connection;
	struct transaction *t = c->transaction;
	const struct db_value *const mark = DB_VALUES(db_bytes(t->slot, CONNECTION_SLOT_LEN),
	    db_bytes(t->mark, TRANSACTION_MARK_LEN), db_int((int64_t)time(NULL)));
	struct exchange steps[STEPS] = {
		[BEGIN] = { .sql = &begin }, [MARK] = { .sql = &leave_mark, .values = mark },
		[STATEMENT] = { .sql = sql, .values = values },
	};
	const size_t first = t->is_begun ? STATEMENT : BEGIN;
	enum err err;

	/* Work that goes on after a failure would only fail again. */
	if (t->verdict != VERDICT_FINE)
		return ERR_STORAGE;
	c->deadline = clock_ms() + c->server->wait;
	t->verdict = connection_exchange(c, &steps[first], STEPS - first);
	t->is_begun = true;
	if (t->verdict == VERDICT_FINE)
		err = statement_take(sql, steps[STATEMENT].result, take, arg, rows);
	else if (connection_may_repeat(t->verdict) || t->verdict == VERDICT_LATE)
		err = ERR_STORAGE;
	else
		err = connection_tell(c->server, t->verdict, sql->text,
		    connection_reason(c, &steps[first], STEPS - first));
	for (size_t i = first; i < STEPS; i++)
		PQclear(steps[i].result);
	return err;
}

enum transaction_end
transaction_commit(struct connection *c)
{
	struct exchange step = { .sql = &commit };
	enum transaction_end end = TRANSACTION_IN_DOUBT;
	enum verdict verdict;

	c->has_warned = false;
	c->deadline = clock_ms() + c->server->wait;
	verdict = connection_exchange(c, &step, 1);
	if (verdict == VERDICT_LATE)
		end = TRANSACTION_WAITS;
	else if (verdict == VERDICT_FINE && !c->has_warned &&
	    strcmp(PQcmdStatus(step.result), "COMMIT") == 0)
		end = TRANSACTION_DONE;
	else if (verdict != VERDICT_FINE && verdict != VERDICT_GONE && !c->has_warned)
		end = TRANSACTION_UNDONE;
	if (end == TRANSACTION_UNDONE) {
		c->transaction->verdict = verdict;
		if (!connection_may_repeat(verdict))
			(void)connection_tell(c->server, verdict, commit.text,
			    connection_reason(c, &step, 1));
	}
	PQclear(step.result);
	return end;
}

void
transaction_undo(struct connection *c)
{
	struct exchange step = { .sql = &undo };

	c->deadline = clock_ms() + c->server->wait;
	if (!c->is_broken && connection_exchange(c, &step, 1) != VERDICT_FINE)
		c->is_broken = true;
	PQclear(step.result);
}

enum transaction_end
transaction_settle(struct connection *c, const struct transaction *t)
{
	struct exchange step = { .sql = &settle, .values = DB_VALUES(
	    db_bytes(t->slot, CONNECTION_SLOT_LEN), db_bytes(t->mark, TRANSACTION_MARK_LEN),
	    db_int((int64_t)time(NULL))) };
	enum transaction_end end = TRANSACTION_IN_DOUBT;
	enum verdict verdict;
	int64_t at = 0;

	c->has_warned = false;
	verdict = connection_exchange(c, &step, 1);
	if (verdict == VERDICT_LATE)
		end = TRANSACTION_WAITS;
	else if (verdict == VERDICT_FINE && !c->has_warned)
		end = statement_take(&settle, step.result, db_take_int, &at, NULL) == ERR_OK &&
		    at != 0 ? TRANSACTION_DONE : TRANSACTION_UNDONE;
	PQclear(step.result);
	return end;
}
