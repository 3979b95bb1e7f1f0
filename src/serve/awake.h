/*
 * awake: keeps as few threads of a pool awake as can be busy at once.
 *
 * A thread that has nothing to wait for but the next request needs a core. More of them than cores
 * only take turns, and each turn costs a sleep and a wake-up. So as many threads as there are
 * cores wait for connections and serve them, and the others sleep in here.
 *
 * A thread that is held up, by a peer that writes slowly or by a database that is busy, needs no
 * core. Another wakes up in its place: at once if the thread has said so, otherwise as soon as it
 * has been busy with one request for some milliseconds. When it is done, it is one too many, and
 * goes to sleep before the next request. One of those that sleep looks for threads that are held
 * up, while any is busy.
 */
#ifndef BEARWARD_SERVE_AWAKE_H
#define BEARWARD_SERVE_AWAKE_H

#include <stdint.h>

struct awake;

/*
 * Makes it for so many threads, whose numbers begin at 0, and which all call awake_wait(); most of
 * them may be awake without being held up. Returns NULL when there is no memory. Owned:
 * awake_free().
 */
struct awake *awake_new(long threads, long most);

/* Frees it once no thread is left. Accepts NULL. */
void awake_free(struct awake *awake);

/* Sleeps while enough others are awake. A thread calls it before it waits for a request. */
void awake_wait(struct awake *awake, long thread);

/* Says that a thread begins, or has ended, to serve a request. */
void awake_begin(struct awake *awake, long thread);
void awake_end(struct awake *awake, long thread);

/* Says that a thread, which serves a request, is about to wait for somebody else. */
void awake_hold_up(struct awake *awake, long thread);

/* Wakes every thread up, for good. */
void awake_all(struct awake *awake);

#endif
