/*
 * arrivals: what the threads of a FastCGI process may take up next.
 *
 * That is a new connection, one that the web server keeps and has written to again, or the end.
 * A connection that is silent between two requests belongs to no thread: it waits here, at the
 * price of a descriptor, and holds up nobody. Each arrival is given to one thread.
 */
#ifndef BEARWARD_SERVE_CONNECTIONS_H
#define BEARWARD_SERVE_CONNECTIONS_H

#include "base/err.h"

enum arrival {
	ARRIVAL_NONE,		/* not in that time */
	ARRIVAL_NEW,		/* a connection; fd is owned */
	ARRIVAL_KEPT,		/* one that was kept */
	ARRIVAL_END,		/* of it all; told to everyone who asks */
};

struct arrivals;

/*
 * At a listening socket, non-blocking, which is taken. *arrivals is owned: arrivals_close().
 * ERR_INTERNAL: no descriptors, logged, or no memory.
 */
ERR_CHECKED enum err arrivals_open(int listen_fd, struct arrivals **arrivals);

/* Waits up to timeout_ms (-1: for ever), and sets *fd to the connection or to -1. */
enum arrival arrivals_wait(struct arrivals *arrivals, int timeout_ms, int *fd);

/* Takes a connection between two requests; closes it if there are too many, or it is the end. */
void arrivals_keep(struct arrivals *arrivals, int fd);

/* To be called every now and then: sends away who has been silent for too long. */
void arrivals_look_after(struct arrivals *arrivals);

/* Tells everyone that waits, or will, of the end. */
void arrivals_end(struct arrivals *arrivals);

/* After the end: what has come before it, or ARRIVAL_NONE for no more. */
enum arrival arrivals_take_rest(struct arrivals *arrivals, int *fd);

/*
 * Closes the listening socket; where no other process has it, whoever waits in its queue is reset.
 * To be called by the last thread, as soon as there is no rest.
 */
void arrivals_shut(struct arrivals *arrivals);

/* With no thread left in it. */
void arrivals_close(struct arrivals *arrivals);

#endif
