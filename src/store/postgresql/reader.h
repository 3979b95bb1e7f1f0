/*
 * reader: what all threads of a process read goes over one connection, in batches. For the files
 * of `postgresql` alone.
 *
 * A thread that wants to read joins a queue. One of them leads: it sends what is in the queue all
 * at once, receives the answers, and tells the others. What comes meanwhile is the next batch. So
 * a process needs one connection, and many readings share a round trip.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_READER_H
#define BEARWARD_STORE_POSTGRESQL_READER_H

#include "base/err.h"
#include "store/db.h"
#include "store/postgresql/connection.h"

struct reader;

/* Makes one; it connects when it is first used. server is borrowed; *reader is owned. */
ERR_CHECKED enum err reader_new(struct server *server, struct reader **reader);

/* Accepts NULL. */
void reader_free(struct reader *reader);

/* Connects, unless it is connected. Returns what connection_open() does. */
enum verdict reader_connect(struct reader *reader);

/* Reads, as db_read() says. */
ERR_CHECKED enum err reader_read(struct reader *reader, const struct db_sql *sql,
    const struct db_value *values, db_take *take, void *arg);

/*
 * Lends the connection, which is the only one that is to be had, while nobody reads; NULL: not
 * until the deadline. It is given back with reader_take_back(): with NULL where the caller keeps
 * it or has closed it.
 */
struct connection *reader_lend(struct reader *reader, int64_t deadline, enum verdict *verdict);
void reader_take_back(struct reader *reader, struct connection *connection);

#endif
