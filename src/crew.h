/*
 * crew: the threads of a FastCGI process, on one listening socket.
 *
 * Some of them last from start to end. Others join while all are busy, up to a bound, and go when
 * they have been idle for long: where requests wait for something dear, those that must be
 * refused hear it at once, and nobody pays for threads that wait for such a day.
 */
#ifndef BEARWARD_CREW_H
#define BEARWARD_CREW_H

#include <stdbool.h>

#include "err.h"

struct crew;

/* What its threads do. Each has a seat of its own, 0 to most - 1, for as long as it is there. */
struct crew_duty {
	int listen_fd;		/* non-blocking; crew_stop() closes it */
	long lasting;		/* threads from start to end */
	long most;		/* when all are busy */
	void *arg;
	enum err (*open)(void *arg, long seat);		/* before the thread starts */
	void (*serve)(void *arg, long seat, int fd);	/* a connection; fd is taken */
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

/*
 * Whether something can be read from fd, which is kept open, before timeout_ms have passed; while
 * it is silent it gives way to any other connection, and to the end.
 */
bool crew_wait(const struct crew *crew, int fd, int timeout_ms);

#endif
