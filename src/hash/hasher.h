/*
 * hasher: everybody's password hashes, several at once.
 *
 * Request threads hand in what they need and wait. One hashing thread a core takes whatever waits,
 * longest first, and fills the lanes of its kernel with it: parts of one hash and of others alike.
 * It never waits for lanes to fill, and a lone hash is spread over all threads that are idle.
 *
 * What cannot be done in time is refused without waiting for it: so whoever is let in is served,
 * whatever the load. A refusal takes 30 to 40 ms, and more when there are many, so that those who
 * ask again and again do not take the processor from the others.
 *
 * Cores and memory are bounded for the whole host (`hash_slot`); the hashing threads give way to
 * everything else that wants to run. They are started as they are needed, and what they hold is
 * given back after a quiet time, or when another process wants it.
 */
#ifndef BEARWARD_HASH_HASHER_H
#define BEARWARD_HASH_HASHER_H

#include "base/err.h"
#include "config/config.h"

struct hasher;
struct scrypt;

/*
 * One for the whole process; config is borrowed. ERR_INTERNAL: no memory. *hasher is owned:
 * hasher_close(), when nobody waits in it any more; accepts NULL.
 */
ERR_CHECKED enum err hasher_open(const struct config *config, struct hasher **hasher);
void hasher_close(struct hasher *hasher);

/*
 * Whether a hash would be let in just now, before anything is done for it: most of those who are
 * refused should cost nothing. ERR_OVERLOADED: it would not, in a refusal's time.
 */
ERR_CHECKED enum err hasher_ask(struct hasher *hasher);

/*
 * Computes hash from password and the rest, as scrypt_compute(). ERR_OVERLOADED: it could not
 * have its turn in time; ERR_STORAGE: the file of the slots is out of order; ERR_INTERNAL.
 */
ERR_CHECKED enum err hasher_scrypt(struct hasher *hasher, const char *password,
    struct scrypt *scrypt);

/* Runs work(arg), which takes about as long as a hash, in its turn; returns as it does. */
ERR_CHECKED enum err hasher_run(struct hasher *hasher, enum err (*work)(void *arg), void *arg);

#endif
