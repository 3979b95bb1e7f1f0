/*
 * descriptors: how many descriptors a process may have open, and how it divides them.
 */
#ifndef BEARWARD_SERVE_DESCRIPTORS_H
#define BEARWARD_SERVE_DESCRIPTORS_H

/* How the descriptors of a process are divided; the rest is for what it holds open by itself. */
struct descriptors {
	long limit;		/* no descriptor is this or above */
	long threads;		/* each serves one connection */
	long kept;		/* connections that may be silent between two requests */
};

/* Raises the soft limit of this process as far as its hard limit and our need allow. */
void descriptors_raise(void);

/*
 * Divides what the process may have open between threads_wanted threads and kept connections,
 * after `own` descriptors for databases, locks and the like. There is always one thread.
 */
struct descriptors descriptors_divide(long threads_wanted, long own);

#endif
