/*
 * crew: the threads of a FastCGI process, on one listening socket.
 *
 * Some of them last from start to end. Others join while all are busy, up to a bound, and go when
 * they have been idle for long: where requests wait for something dear, those that must be
 * refused hear it at once, and nobody pays for threads that wait for such a day. Connections that
 * the web server keeps take none of them up while they are silent (`arrivals`).
 */
#ifndef BEARWARD_SERVE_WORKER_POOL_H
#define BEARWARD_SERVE_WORKER_POOL_H

#include <stdbool.h>

#include "base/err.h"
#include "serve/connections.h"

struct crew;

/* What its threads do. Each has a seat of its own, 0 to most - 1, for as long as it is there. */
struct crew_duty {
	int listen_fd;		/* non-blocking; taken by crew_start() */
	long lasting;		/* threads from start to end */
	long most;		/* when all are busy */
	void *arg;
	enum err (*open)(void *arg, long seat);		/* before the thread starts */
	/* One request; false: fd is closed now, true: it may be kept for another. */
	bool (*serve)(void *arg, long seat, enum arrival arrival, int fd);
	void (*close)(void *arg, long seat);		/* after it has ended */
	void (*look)(void *arg);			/* every now and then, from one thread */
};

/*
 * Starts the lasting threads; duty is borrowed until crew_stop(). *crew is set before any of them
 * serves, and owned: crew_stop(). On failure nothing is left: what open() returned, or
 * ERR_INTERNAL, logged.
 */
ERR_CHECKED enum err crew_start(const struct crew_duty *duty, struct crew **crew);

/* To be called every now and then; clears up after threads that have gone. */
void crew_look_after(struct crew *crew);

/* Waits for what was accepted, and what waits in the queue of the socket, to be served. */
void crew_stop(struct crew *crew);

#endif
