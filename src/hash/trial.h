/*
 * hash_trial, internal to hash/: measures how long logins take at the cost of the settings.
 *
 * It hashes as a responder does, with a hasher of its own, which shares the slots of the state
 * directory with the responders: so measuring takes no more of the host's cores and memory than
 * hashing may, and it waits where they work.
 */
#ifndef BEARWARD_HASH_TRIAL_H
#define BEARWARD_HASH_TRIAL_H

#include "base/err.h"
#include "config/config.h"

/*
 * Measures the milliseconds of one hash that comes alone, to a process that has not hashed lately
 * and holds no memory for it. Returns an error of hasher_open() or hasher_scrypt().
 */
ERR_CHECKED enum err hash_trial_alone(const struct config *config, double *ms);

/*
 * Measures how many hashes a second are made while so many wait that no lane is idle, up to 256.
 * alone_ms is about what one takes alone. Returns an error as hash_trial_alone() does.
 */
ERR_CHECKED enum err hash_trial_together(const struct config *config, double alone_ms,
    double *per_second);

#endif
