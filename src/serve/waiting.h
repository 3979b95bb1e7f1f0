/*
 * waiting: which connections wait for their peer, and which of them a thread has. For
 * connections.c alone.
 *
 * epoll tells of a connection once each time something comes, to whichever thread asks next
 * (EPOLLET). So nobody has to order the next event, but one may tell of a connection that a thread
 * has, or had, or of a former one of its number. Here it turns out what an event is worth, without
 * a lock: each connection of a number has a turn of its own, and one that something came for while
 * a thread had it says so when it is to wait again.
 */
#ifndef BEARWARD_SERVE_WAITING_H
#define BEARWARD_SERVE_WAITING_H

#include <stdbool.h>
#include <stdint.h>

struct waiting;

enum waiting_kind {
	WAITING_NONE,
	WAITING_KEPT,		/* between two requests */
	WAITING_SILENT,		/* new, and never written to */
};

/*
 * Makes room for the descriptors below limit. Returns NULL when there is no memory. Owned:
 * waiting_free().
 */
struct waiting *waiting_new(long limit);

/* Frees it, and leaves the connections alone. Accepts NULL. */
void waiting_free(struct waiting *waiting);

/*
 * Counts one more of a kind that is to wait, which follows. Returns false, with nothing counted,
 * when there are so many already.
 */
bool waiting_reserve(struct waiting *waiting, enum waiting_kind kind, long most);

/* Takes that back. Whatever is given out is no longer counted. */
void waiting_release(struct waiting *waiting, enum waiting_kind kind);

/*
 * Begins a new turn: makes known a connection that a thread has, and that epoll is to be told of.
 * Returns what tells events of this connection from all others: a turn and a descriptor, never all
 * ones. since is the moment, of clock_ms().
 */
uint64_t waiting_begin(struct waiting *waiting, int fd, int64_t since);

/*
 * Has a connection wait that a thread has. Returns false, once, when something has come for it
 * meanwhile: the thread still has it, and epoll, which has told of that, will not do so again.
 */
bool waiting_resume(struct waiting *waiting, int fd, enum waiting_kind kind);

/* Gives out the connection that an event is about, and its kind; WAITING_NONE: a thread has it. */
enum waiting_kind waiting_take(struct waiting *waiting, uint64_t key, int *fd, int64_t *since);

/* Gives out any that waits, and its kind; WAITING_NONE: none does. */
enum waiting_kind waiting_take_any(struct waiting *waiting, int *fd, int64_t *since);

/* Gives out the silent one that waits longest; false: none does. */
bool waiting_take_oldest_silent(struct waiting *waiting, int *fd);

#endif
