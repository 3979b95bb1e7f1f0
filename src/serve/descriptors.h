/*
 * descriptors: divides the descriptors that a process may have open.
 */
#ifndef BEARWARD_SERVE_DESCRIPTORS_H
#define BEARWARD_SERVE_DESCRIPTORS_H

/* The shares; what is left over is for what the process holds open by itself. */
struct descriptors {
	long limit;		/* no descriptor is this or above */
	long threads;		/* each serves one connection */
	long kept;		/* connections that may be silent between two requests */
	long silent;		/* new connections that nothing has come from yet */
};

/* Raises the soft limit of this process as far as its hard limit and our need allow. */
void descriptors_raise(void);

/*
 * Divides what the process may have open between threads_wanted threads and connections that wait,
 * after `own` descriptors for databases, locks and the like. Gives at least one thread, and fewer
 * than wanted where there is no room for more.
 */
struct descriptors descriptors_divide(long threads_wanted, long own);

#endif
