/*
 * hasher: computes the password hashes of all requests of a process, several at once.
 *
 * A request thread hands a hash in and waits for it. Worker threads, one a core at most, compute
 * the hashes, one of each source in turn. A source is the network of a client: one that brings
 * many hashes at once makes its own wait, and not those of others. A worker fills the lanes of its
 * kernel with parts of one hash and of others alike, never waits for lanes to fill, and takes no
 * more of them than bring more hashes a second (`hash_width`). A hash that comes alone is spread
 * over all idle workers.
 *
 * A hash that cannot be begun in time is refused without waiting, so a hash that was admitted is
 * served whatever the load, unless other sources come. A refusal takes 30 to 40 ms, and longer
 * while there are many of them, so that clients that retry at once do not take the processor from
 * the others.
 *
 * Cores and memory are bounded for the whole host (`hash_slot`), and workers run at a lower
 * priority. They are started as needed. What they hold is released when they have been idle for a
 * while, or when another process wants it.
 */
#ifndef BEARWARD_HASH_HASHER_H
#define BEARWARD_HASH_HASHER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "hash/division.h"

struct hasher;
struct scrypt;

/*
 * Opens the hasher of a process; config is borrowed. The caller owns *hasher and closes it with
 * hasher_close(). Returns ERR_INTERNAL, with *hasher NULL, when memory is out.
 */
ERR_CHECKED enum err hasher_open(const struct config *config, struct hasher **hasher);

/* Finds how hasher_open() divides cores and memory, as `hash_slots` and `hash_memory` say. */
void hasher_divide(const struct config *config, struct hash_division *division);

/* Returns the name of the kernel that computes scrypt, static; NULL: libscrypt does. */
const char *hasher_kernel(const struct hasher *hasher);

/* Returns how many workers there may be; each of them holds a descriptor. */
long hasher_workers(const struct hasher *hasher);

/* Returns how many lanes a worker computes at once, where there is the memory. */
long hasher_lanes(const struct hasher *hasher);

/*
 * Is told of each hash, in whatever thread: how many were computed or waited when it came, and how
 * many milliseconds it waited until it was begun; -1: it was refused because of the load.
 */
typedef void hasher_observe(void *arg, long ahead, int64_t waited_ms);

/* Tells observe(arg) of each hash from now on; before any thread uses the hasher. */
void hasher_watch(struct hasher *hasher, hasher_observe *observe, void *arg);

/* Ends the workers and frees the hasher; no thread may wait for a hash any more. Accepts NULL. */
void hasher_close(struct hasher *hasher);

/*
 * Functions that take a source borrow it; it is a text as network_of() writes it, or NULL for a
 * command.
 */

/*
 * Tells whether a hash would be admitted now. Callers ask before they do anything else for a
 * request, so that most refused requests cost nothing more. Returns ERR_OVERLOADED, as slowly as
 * any refusal, when it would not be admitted.
 */
ERR_CHECKED enum err hasher_ask(struct hasher *hasher, const char *source);

/*
 * Waits as long as a refusal takes: for what is refused for another reason, so that a client that
 * tries again at once does not take the processor from the others.
 */
void hasher_delay(struct hasher *hasher);

/*
 * Waits for a worker and computes scrypt->hash from password and the other members of scrypt, as
 * scrypt_compute() does. Returns ERR_OVERLOADED when the hash was not admitted, was not begun in
 * time or found no memory or thread, ERR_STORAGE when the file of the slots cannot be used, and
 * ERR_INTERNAL when something else failed.
 */
ERR_CHECKED enum err hasher_scrypt(struct hasher *hasher, const char *source,
    const char *password, struct scrypt *scrypt);

/*
 * Waits for a worker and runs work(arg) in it, which should take about as long as a hash. memory
 * is how many bytes work() allocates meanwhile, 0 for a few; they count as those of a hash do.
 * Returns what work() returns, or an error as hasher_scrypt() does when it was not run.
 */
ERR_CHECKED enum err hasher_run(struct hasher *hasher, const char *source, size_t memory,
    enum err (*work)(void *arg), void *arg);

#endif
