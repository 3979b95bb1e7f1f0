/* question: asks a server now and then, as a person would. */
#include "store/postgresql/question.h"

#include "base/clock.h"

enum verdict
question_ask(struct connection *connection, const char *text, int64_t wait, PGresult **result)
{
	const struct db_sql sql = { .text = text };
	struct exchange exchange = { .sql = &sql };
	enum verdict verdict;

	connection->deadline = clock_ms() + wait;
	verdict = connection_exchange(connection, &exchange, 1);
	*result = exchange.result;
	return verdict;
}

const char *
question_reason(const struct connection *connection, const PGresult *result)
{
	const char *reason = result != NULL
	    ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (reason == NULL)
		reason = PQerrorMessage(connection->pg);
	return *reason != '\0' ? reason : "no answer in time";
}
