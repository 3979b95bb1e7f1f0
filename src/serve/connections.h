/*
 * connections: hands the connections of a FastCGI process to its threads.
 *
 * A thread gets a new connection, one that the web server has kept open and written to again, or
 * the order to stop. No connection is given to two threads. One that is silent between two
 * requests belongs to no thread: it waits here, and takes up a descriptor and nothing else.
 */
#ifndef BEARWARD_SERVE_CONNECTIONS_H
#define BEARWARD_SERVE_CONNECTIONS_H

#include "base/err.h"
#include "serve/deadlines.h"

enum connection {
	CONNECTION_NONE,	/* none came in that time */
	CONNECTION_NEW,		/* accepted just now; fd is owned by the thread */
	CONNECTION_KEPT,	/* kept from an earlier request; fd is owned by the thread */
	CONNECTION_STOP,	/* the process is to end; every thread that asks is told so */
};

struct connections;

/*
 * Takes over a listening socket that does not block. kept_max is how many connections may wait
 * between two requests; deadlines are borrowed. *connections is owned: connections_close().
 * Returns ERR_INTERNAL when there are no descriptors, logged, or no memory.
 */
ERR_CHECKED enum err connections_open(int listen_fd, long kept_max, struct deadlines *deadlines,
    struct connections **connections);

/* Waits up to timeout_ms (-1: for ever) for a connection, and sets *fd to it or to -1. */
enum connection connections_wait(struct connections *connections, int timeout_ms, int *fd);

/*
 * Takes a connection back between two requests. Closes it when as many are kept as may be, or when
 * the process is to end.
 */
void connections_keep(struct connections *connections, int fd);

/* Tells every thread that waits, or will wait, to stop. */
void connections_stop(struct connections *connections);

/*
 * Gives out, after the stop, a connection that has something to read or waits to be accepted, and
 * closes silent ones. Returns CONNECTION_NONE, with *fd -1, when nothing is left.
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
