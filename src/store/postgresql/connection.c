/* connection: one connection to a PostgreSQL, and round trips on it. */
#include "store/postgresql/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/postgresql/statement.h"

/* What the server says by a SQLSTATE, or by its first two characters. */
static const struct {
	const char *state;
	enum verdict verdict;
} meanings[] = {
	{ "23505", VERDICT_CONFLICT },
	{ "23503", VERDICT_REFERENCED },
	{ "40001", VERDICT_AGAIN },
	{ "40P01", VERDICT_AGAIN },
	{ "26000", VERDICT_NAMELESS },
	{ "42P05", VERDICT_NAMELESS },
	{ "25006", VERDICT_MOVED },
	/* A statement was prepared before a migration gave its rows other types. */
	{ "0A000", VERDICT_MOVED },
	{ "57P01", VERDICT_GONE },
	{ "57P02", VERDICT_GONE },
	{ "57P03", VERDICT_GONE },
	{ "57P05", VERDICT_GONE },
	{ "08", VERDICT_GONE },
	{ "53300", VERDICT_FULL },
	{ "42", VERDICT_SCHEMA },
	{ "22", VERDICT_SCHEMA },
};

/* What has no SQLSTATE is libpq's own: it has lost the server. */
static enum verdict
judge_state(const char *state)
{
	if (state == NULL)
		return VERDICT_GONE;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
			return meanings[i].verdict;
	return VERDICT_FAILED;
}

bool
connection_may_repeat(enum verdict verdict)
{
	return verdict == VERDICT_AGAIN || verdict == VERDICT_NAMELESS ||
	    verdict == VERDICT_MOVED || verdict == VERDICT_GONE;
}

/* ---- waiting */

/* Waits until the socket is ready for events, or the deadline. */
static enum verdict
wait_for(struct connection *c, short events)
{
	struct pollfd one = { .fd = PQsocket(c->pg), .events = events };
	const int64_t left = c->deadline - clock_ms();
	int count;

	if (one.fd < 0)
		return VERDICT_GONE;
	count = poll(&one, 1, left > 0 ? (int)left : 0);
	if (count < 0 && errno != EINTR)
		return VERDICT_GONE;
	return count > 0 || clock_ms() < c->deadline ? VERDICT_FINE : VERDICT_LATE;
}

/* Sends what is queued. What the server says meanwhile is read, or both would wait. */
static enum verdict
flush(struct connection *c)
{
	enum verdict verdict = VERDICT_FINE;
	int rc;

	while ((rc = PQflush(c->pg)) == 1 && verdict == VERDICT_FINE) {
		verdict = wait_for(c, POLLIN | POLLOUT);
		if (verdict == VERDICT_FINE && PQconsumeInput(c->pg) != 1)
			return VERDICT_GONE;
	}
	return rc < 0 ? VERDICT_GONE : verdict;
}

/* Receives the next result; *result is owned, NULL after the last one of a statement. */
static enum verdict
receive(struct connection *c, PGresult **result)
{
	enum verdict verdict;

	*result = NULL;
	while (PQisBusy(c->pg)) {
		if ((verdict = wait_for(c, POLLIN)) != VERDICT_FINE)
			return verdict;
		if (PQconsumeInput(c->pg) != 1)
			return VERDICT_GONE;
	}
	*result = PQgetResult(c->pg);
	return VERDICT_FINE;
}

/* ---- round trips */

static enum verdict
judge(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		return VERDICT_FINE;
	case PGRES_PIPELINE_ABORTED:
		return VERDICT_AGAIN;
	default:
		return judge_state(PQresultErrorField(result, PG_DIAG_SQLSTATE));
	}
}

/* Receives the one result of a statement, and the end of it; *result is owned. */
static enum verdict
receive_one(struct connection *c, PGresult **result)
{
	PGresult *end = NULL;	/* owned */
	enum verdict verdict = receive(c, result);

	if (verdict != VERDICT_FINE)
		return verdict;
	if (*result == NULL)
		return VERDICT_GONE;
	verdict = receive(c, &end);
	if (end != NULL)
		verdict = VERDICT_GONE;
	PQclear(end);
	return verdict != VERDICT_FINE ? verdict : judge(*result);
}

static bool
is_lost(enum verdict verdict)
{
	return verdict == VERDICT_GONE || verdict == VERDICT_LATE;
}

/* Receives what a statement comes to. */
static enum verdict
receive_statement(struct connection *c, struct exchange *exchange,
    const struct statement_sent *sent)
{
	enum verdict prepared = VERDICT_FINE;

	if (sent->is_prepared_too) {
		prepared = receive_one(c, &exchange->result);
		if (prepared != VERDICT_FINE)
			statement_forget(c, exchange->sql);
		if (is_lost(prepared))
			return prepared;
		if (prepared == VERDICT_FINE) {
			PQclear(exchange->result);
			exchange->result = NULL;
		} else {
			PGresult *aborted = NULL;	/* owned */
			const enum verdict verdict = receive_one(c, &aborted);

			PQclear(aborted);
			return is_lost(verdict) ? verdict : prepared;
		}
	}
	exchange->verdict = receive_one(c, &exchange->result);
	if (exchange->verdict == VERDICT_NAMELESS)
		statement_forget(c, exchange->sql);
	return exchange->verdict;
}

/* Receives the answer to a sync, which ends a round trip. */
static enum verdict
receive_end(struct connection *c)
{
	PGresult *result = NULL;	/* owned */
	enum verdict verdict = receive(c, &result);

	if (verdict == VERDICT_FINE && PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		verdict = VERDICT_GONE;
	PQclear(result);
	return verdict;
}

enum { MOST = 40 };	/* statements of one round trip */

/* Sends so many statements and a sync. */
static enum verdict
send_all(struct connection *c, const struct exchange *exchanges, size_t count,
    struct statement_sent *sent)
{
	for (size_t i = 0; i < count; i++)
		if (!statement_send(c, exchanges[i].sql, exchanges[i].values, &sent[i]))
			return VERDICT_GONE;
	if (PQpipelineSync(c->pg) != 1)
		return VERDICT_GONE;
	return flush(c);
}

/* Returns the verdict that says most about a round trip. */
static enum verdict
receive_all(struct connection *c, struct exchange *exchanges, size_t count,
    const struct statement_sent *sent)
{
	enum verdict first = VERDICT_FINE, verdict;

	for (size_t i = 0; i < count; i++) {
		verdict = exchanges[i].verdict = receive_statement(c, &exchanges[i], &sent[i]);
		if (is_lost(verdict))
			return verdict;
		if (first == VERDICT_FINE)
			first = verdict;
	}
	verdict = receive_end(c);
	return is_lost(verdict) ? verdict : first;
}

enum verdict
connection_exchange(struct connection *c, struct exchange *exchanges, size_t count)
{
	struct statement_sent sent[MOST];
	enum verdict verdict = c->is_broken || count > MOST ? VERDICT_GONE : VERDICT_FINE;

	for (size_t i = 0; i < count; i++) {
		exchanges[i].result = NULL;
		exchanges[i].verdict = VERDICT_AGAIN;
	}
	if (verdict == VERDICT_FINE)
		verdict = send_all(c, exchanges, count, sent);
	if (verdict == VERDICT_FINE)
		verdict = receive_all(c, exchanges, count, sent);
	if (verdict == VERDICT_NAMELESS)
		atomic_store(&c->server->has_no_names, true);
	/* A server that leaves says so, and hangs up. A late answer would be the next's. */
	if (is_lost(verdict) || verdict == VERDICT_MOVED)
		c->is_broken = true;
	return verdict;
}

const char *
connection_reason(const struct connection *c, const struct exchange *exchanges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (exchanges[i].verdict != VERDICT_AGAIN && exchanges[i].result != NULL &&
		    PQresultStatus(exchanges[i].result) == PGRES_FATAL_ERROR)
			return PQresultErrorField(exchanges[i].result,
			    PG_DIAG_MESSAGE_PRIMARY);
	return PQerrorMessage(c->pg);
}

bool
connection_is_answered(struct connection *c)
{
	PGresult *result;	/* owned */
	int ends = 0;

	/* Two in a row that are NULL come after what was answered. */
	while (ends < 2) {
		if (PQconsumeInput(c->pg) != 1)
			return true;
		/* Asked for each: libpq would wait for one that has not come. */
		if (PQisBusy(c->pg))
			return false;
		result = PQgetResult(c->pg);
		ends = result == NULL ? ends + 1 : 0;
		PQclear(result);
	}
	return true;
}

bool
connection_is_free(const struct connection *c)
{
	return !c->is_broken && PQtransactionStatus(c->pg) == PQTRANS_IDLE;
}

bool
connection_is_alive(struct connection *c)
{
	struct pollfd one = { .fd = PQsocket(c->pg), .events = POLLIN };

	/* It may have said something: that a setting has changed, or that it hangs up now. */
	while (poll(&one, 1, 0) != 0)
		if (PQconsumeInput(c->pg) != 1 || PQstatus(c->pg) != CONNECTION_OK)
			return false;
	return true;
}

/* ---- telling */

static const struct {
	enum err err;
	const char *reason;	/* NULL: that of the server */
	const char *advice;	/* after it; NULL: none */
} tellings[] = {
	[VERDICT_FINE] = { ERR_OK, NULL, NULL },
	[VERDICT_CONFLICT] = { ERR_CONFLICT, NULL, NULL },
	[VERDICT_REFERENCED] = { ERR_REFERENCED, NULL, NULL },
	[VERDICT_AGAIN] = { ERR_STORAGE, "other changes came between, several times", NULL },
	[VERDICT_NAMELESS] = { ERR_STORAGE, "prepared statements are another program's",
	    NULL },
	[VERDICT_MOVED] = { ERR_STORAGE, "the server takes no changes: it is a standby now",
	    NULL },
	[VERDICT_GONE] = { ERR_STORAGE, NULL, NULL },
	[VERDICT_LATE] = { ERR_STORAGE, "no answer within storage_wait", NULL },
	[VERDICT_FULL] = { ERR_STORAGE, "the server has no connection left for this role", NULL },
	[VERDICT_MEMORY] = { ERR_MEMORY, NULL, NULL },
	[VERDICT_SCHEMA] = { ERR_STORAGE, NULL, "run `bearward init`, with --database-admin "
	    "where the tables belong to another role" },
	[VERDICT_FAILED] = { ERR_STORAGE, NULL, NULL },
};

enum err
connection_tell(const struct server *server, enum verdict verdict, const char *attempt,
    const char *reason)
{
	const enum err err = tellings[verdict].err;
	const char *advice = tellings[verdict].advice;
	char *both = NULL;	/* owned */

	if (tellings[verdict].reason != NULL)
		reason = tellings[verdict].reason;
	else if (reason == NULL || *reason == '\0')
		reason = "the connection was closed";
	if (advice != NULL && asprintf(&both, "%s: %s", reason, advice) < 0)
		both = NULL;
	if (err == ERR_STORAGE)
		server_complain(server, attempt, both != NULL ? both : reason);
	free(both);
	return err;
}

enum verdict
connection_execute(struct connection *c, const char *script)
{
	PGresult *next;		/* owned */
	enum verdict verdict = VERDICT_FINE;

	/* A script is several statements, which only the simple protocol takes. */
	if (PQexitPipelineMode(c->pg) != 1 || PQsendQuery(c->pg, script) != 1)
		verdict = VERDICT_GONE;
	if (verdict == VERDICT_FINE)
		verdict = flush(c);
	while (!is_lost(verdict)) {
		const enum verdict received = receive(c, &next);

		if (received != VERDICT_FINE) {
			verdict = received;
			break;
		}
		if (next == NULL)
			break;
		if (verdict == VERDICT_FINE && (verdict = judge(next)) != VERDICT_FINE &&
		    !is_lost(verdict))
			(void)connection_tell(c->server, verdict, "run a script",
			    PQresultErrorField(next, PG_DIAG_MESSAGE_PRIMARY));
		PQclear(next);
	}
	if (is_lost(verdict))
		(void)connection_tell(c->server, verdict, "run a script", PQerrorMessage(c->pg));
	if (is_lost(verdict) || PQenterPipelineMode(c->pg) != 1)
		c->is_broken = true;
	return verdict;
}

void
connection_close(struct connection *c)
{
	if (c == NULL)
		return;
	PQfinish(c->pg);
	free(c->prepared);
	free(c);
}
