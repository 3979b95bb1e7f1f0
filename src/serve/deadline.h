/*
 * watch: a deadline that holds for a connection whoever is reading from it.
 *
 * A socket's own time limit starts anew with every read, and libfcgi may do many reads before it
 * comes back to us. So another thread looks after the deadline: past it, the connection is shut
 * for reading, and whoever reads finds the end of input.
 */
#ifndef BEARWARD_SERVE_DEADLINE_H
#define BEARWARD_SERVE_DEADLINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct watch {
	pthread_mutex_t lock;
	int fd;			/* owned: a duplicate, so that its number stays ours; -1 for none */
	int64_t until;		/* of clock_ms() */
	bool is_armed;
};

void watch_init(struct watch *watch);

/* Begins with a connection, and is done with it. Out of descriptors, it is not watched. */
void watch_begin(struct watch *watch, int fd);
void watch_end(struct watch *watch);

/* The thread that reads, before and after it does. */
void watch_arm(struct watch *watch, int64_t deadline);
void watch_disarm(struct watch *watch);

/* The thread that looks after deadlines, every now and then. */
void watch_expire(struct watch *watch);

#endif
