/*
 * deadlines: ends reading from connections at a deadline, no matter which code reads from them.
 *
 * A socket's own time limit starts anew with every read, and libfcgi, which closes connections,
 * may do many reads before it comes back to us; one that is kept waits with no thread at all. So
 * one thread looks at all deadlines now and then, and shuts a connection down for reading when its
 * time is over: whoever reads from it then finds the end of input.
 *
 * A deadline belongs to the number of a descriptor, and libfcgi closes descriptors by itself. No
 * deadline may hit a later connection of the same number. So connections are accepted here: while
 * one is accepted no deadline is enforced, and a number begins without one.
 */
#ifndef BEARWARD_SERVE_DEADLINES_H
#define BEARWARD_SERVE_DEADLINES_H

#include <stdint.h>

struct deadlines;

/*
 * Makes room for the descriptors below limit. Returns NULL when there is no memory. Owned:
 * deadlines_free().
 */
struct deadlines *deadlines_new(long limit);

/* Frees the deadlines. Accepts NULL. */
void deadlines_free(struct deadlines *deadlines);

/* Returns the limit that there is room below. */
long deadlines_limit(const struct deadlines *deadlines);

/*
 * Accepts a connection at a listening socket that does not block, and returns it without a
 * deadline. Returns -1, with errno, on failure; it is EMFILE also for a descriptor that is not
 * below the limit.
 */
int deadlines_accept(struct deadlines *deadlines, int listen_fd);

/*
 * Sets the deadline of a connection: it can be read from until a moment of clock_ms(). Returns
 * what tells this deadline from every other.
 */
int64_t deadlines_set(struct deadlines *deadlines, int fd, int64_t until);

/* Takes the deadline away. One that has passed just now may be enforced all the same. */
void deadlines_clear(struct deadlines *deadlines, int fd);

/*
 * Does the same where the connection may have been closed meanwhile: takes away the deadline that
 * deadlines_set() has returned, and leaves alone one that a later connection of that number has.
 */
void deadlines_clear_own(struct deadlines *deadlines, int fd, int64_t deadline);

/* Shuts down every connection that has passed its deadline. One thread calls it now and then. */
void deadlines_enforce(struct deadlines *deadlines);

#endif
