/*
 * question: asks a server now and then, as a person would. For the files of `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_QUESTION_H
#define BEARWARD_STORE_POSTGRESQL_QUESTION_H

#include <stdint.h>

#include "store/postgresql/connection.h"

/*
 * Runs one statement, whose columns must be texts, within so many milliseconds. Nothing is
 * prepared, as the text need not be static: the server of the connection must have has_no_names
 * set, and be the caller's own. *result is owned, and may be there, with the reason, or NULL
 * after a failure, of which nothing is said.
 */
enum verdict question_ask(struct connection *connection, const char *text, int64_t wait,
    PGresult **result);

/* Returns why the last question failed: borrowed from the result or the connection. */
const char *question_reason(const struct connection *connection, const PGresult *result);

#endif
