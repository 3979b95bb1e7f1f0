/*
 * lender: lends connections to transactions, one at a time. For the files of `postgresql` alone.
 *
 * It lends one that is idle, or the reader's, if nobody reads, or a new one, up to a number; where
 * others have all connections that the server allows, the reader's as soon as nobody reads. What
 * is not used for some seconds is closed. What waits for the answer to a commit is put aside, and
 * takes its place until the answer has come.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_LENDER_H
#define BEARWARD_STORE_POSTGRESQL_LENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/postgresql/reader.h"

struct lender;

/* A connection for a while, and where it came from. */
struct loan {
	struct connection *connection;
	bool is_of_reader;
};

/* Makes one of up to so many connections; server and reader are borrowed; *lender is owned. */
ERR_CHECKED enum err lender_new(struct server *server, struct reader *reader, int most,
    struct lender **lender);

/* Accepts NULL. */
void lender_free(struct lender *lender);

/* Borrows until a deadline of clock_ms(). Returns ERR_STORAGE, logged, or ERR_MEMORY. */
ERR_CHECKED enum err lender_borrow(struct lender *lender, int64_t deadline, struct loan *loan);

/* Takes it back; one that is broken, or whose transaction is open still, is closed. */
void lender_take_back(struct lender *lender, struct loan *loan);

/* Leaves it alone until what was sent last is answered, and closes it then. */
void lender_put_aside(struct lender *lender, struct loan *loan);

/* Opens a connection in place of one that is broken. Returns what connection_open() does. */
enum verdict lender_replace(struct loan *loan, int64_t deadline);

#endif
