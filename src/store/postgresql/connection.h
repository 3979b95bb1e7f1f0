/*
 * connection: one connection to a PostgreSQL, and round trips on it. For the files of `postgresql`
 * alone.
 *
 * One thread uses it at a time. Nothing waits longer than until the connection's deadline.
 * Statements are prepared once for each connection; see statement.h.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_CONNECTION_H
#define BEARWARD_STORE_POSTGRESQL_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/engine.h"
#include "store/postgresql/server.h"

/* What became of a round trip, or of a statement of one. */
enum verdict {
	VERDICT_FINE,
	VERDICT_CONFLICT,	/* a unique key stands already */
	VERDICT_REFERENCED,	/* rows refer to what was to go */
	VERDICT_AGAIN,		/* nothing was done, and may be done now: another came between */
	VERDICT_NAMELESS,	/* the same: prepared statements cannot be found again there */
	VERDICT_MOVED,		/* the same, elsewhere: this server takes no changes any more */
	VERDICT_GONE,		/* the connection is; what was under way may have been done */
	VERDICT_LATE,		/* likewise: no answer came by the deadline */
	VERDICT_FULL,		/* no connection is to be had: others have all of them */
	VERDICT_MEMORY,
	VERDICT_SCHEMA,		/* tables or rights are not as they should be; nothing was done */
	VERDICT_FAILED,		/* likewise, for any other reason */
};

enum { CONNECTION_SLOT_LEN = 16 };

struct connection {
	struct db_connection base;
	struct server *server;		/* borrowed */
	PGconn *pg;			/* owned */
	int64_t deadline;		/* of a round trip, of clock_ms() */
	unsigned char slot[CONNECTION_SLOT_LEN];	/* random: its row of table settled */
	bool has_warned;		/* the server has, since this was last set to false */
	bool is_broken;			/* nothing may be said on it any more */
	struct prepared *prepared;	/* owned; see statement.h */
	int64_t left_until;		/* of clock_ms(); see lender.c */
	/* For writer.h: the transaction under way. */
	struct transaction *transaction;
};

/* A statement of a round trip, and what came back. */
struct exchange {
	const struct db_sql *sql;	/* static */
	const struct db_value *values;	/* borrowed; NULL: it has none */
	PGresult *result;		/* owned: PQclear(); NULL where there is none */
	enum verdict verdict;
};

/* Whether nothing was done, or only read, and it may be done when it is tried once more. */
bool connection_may_repeat(enum verdict verdict);

/*
 * Connects to the host that takes changes, or to any as the settings say, and looks whether the
 * database is one that this program can use. *connection is owned. Returns VERDICT_FINE, or
 * GONE, LATE, FULL, MEMORY, all said; FAILED where a program must not start with this.
 */
enum verdict connection_open(struct server *server, int64_t deadline,
    struct connection **connection);

/* Connects without looking what is in the database. */
enum verdict connection_open_any(struct server *server, int64_t deadline,
    struct connection **connection);

/* Accepts NULL. */
void connection_close(struct connection *connection);

/*
 * Sends so many statements, all at once, and receives what they come to. After one that fails, the
 * others are not run and have VERDICT_AGAIN. Returns FINE, or the verdict of the one that failed;
 * failures are not said. The last message of the server or of libpq: connection_reason().
 */
enum verdict connection_exchange(struct connection *connection, struct exchange *exchanges,
    size_t count);

/* Returns why the last exchange failed, borrowed until the next one. */
const char *connection_reason(const struct connection *connection,
    const struct exchange *exchanges, size_t count);

/*
 * Reads what has come in meanwhile without waiting. Returns true when what was sent last has been
 * answered, or never will be.
 */
bool connection_is_answered(struct connection *connection);

/* Tells whether somebody else may use it: nothing is under way, and no transaction is open. */
bool connection_is_free(const struct connection *connection);

/* Runs a script of statements without parameters, in one transaction of its own if it has none. */
enum verdict connection_execute(struct connection *connection, const char *script);

/* Looks, without waiting, whether the server has hung up on a connection that was idle. */
bool connection_is_alive(struct connection *connection);

/*
 * Says what a verdict means, with the statement or attempt; returns the error for it. reason is
 * what the server says, or NULL.
 */
enum err connection_tell(const struct server *server, enum verdict verdict, const char *attempt,
    const char *reason);

#endif
