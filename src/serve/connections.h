/*
 * connections: hands the connections of a FastCGI process to its threads.
 *
 * A thread gets a connection that there is something to read from, new or kept open by the web
 * server, or the order to stop. No connection is given to two threads. One that is silent, new or
 * between two requests, belongs to no thread: it waits here, and takes up a descriptor and nothing
 * else.
 */
#ifndef BEARWARD_SERVE_CONNECTIONS_H
#define BEARWARD_SERVE_CONNECTIONS_H

#include <stdbool.h>

#include "base/err.h"
#include "serve/deadlines.h"
#include "serve/peers.h"

enum connection {
	CONNECTION_NONE,	/* none came in that time */
	CONNECTION_NEW,		/* its first request; fd is owned by the thread */
	CONNECTION_KEPT,	/* kept from an earlier request; fd is owned by the thread */
	CONNECTION_STOP,	/* the process is to end; every thread that asks is told so */
};

struct connections;

struct connections_plan {
	long kept_max;		/* connections that may wait between two requests */
	long silent_max;	/* new ones that may wait to be written to; the oldest gives way */
	int64_t silent_ms;	/* until a new one that was not written to is closed */
	const struct peers *peers;	/* borrowed: who may connect */
};

/*
 * Takes over a listening socket that does not block; deadlines are borrowed. *connections is
 * owned: connections_close(). Returns ERR_INTERNAL when there are no descriptors, logged, or no
 * memory.
 */
ERR_CHECKED enum err connections_open(int listen_fd, const struct connections_plan *plan,
    struct deadlines *deadlines, struct connections **connections);

/*
 * Waits up to timeout_ms (-1: for ever) for a connection that can be read from, and sets *fd to it
 * or to -1. The end of input can be read, too.
 */
enum connection connections_wait(struct connections *connections, int timeout_ms, int *fd);

/*
 * Takes a connection back between two requests, as what it was given out. Closes it when as many
 * are kept as may be, or when the process is to end. Returns false when it takes nothing back,
 * because the next request has come already: the caller has it now as one that is kept.
 */
bool connections_keep(struct connections *connections, enum connection connection, int fd);

/* Tells every thread that waits, or will wait, to stop. */
void connections_stop(struct connections *connections);

/*
 * Gives out, after the stop, a connection that has something to read, or, within a second of the
 * stop, one that waits to be accepted; closes silent ones, of which one that is quite new has a
 * second. Returns CONNECTION_NONE, with *fd -1, when nothing is left. So what was accepted is
 * always served, and the end comes soon however many keep coming.
 */
enum connection connections_take_rest(struct connections *connections, int *fd);

/*
 * Closes the listening socket. Where no other process listens on it, a client that still waits in
 * its queue is reset, so the last thread calls this as soon as nothing is left.
 */
void connections_shut(struct connections *connections);

/* Closes the listening socket and every kept connection, when no thread uses them any more. */
void connections_close(struct connections *connections);

#endif
