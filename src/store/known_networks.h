/*
 * known_networks: from where each user has signed in lately.
 *
 * What every function may return besides what is said there: see db.h.
 */
#ifndef BEARWARD_STORE_KNOWN_NETWORKS_H
#define BEARWARD_STORE_KNOWN_NETWORKS_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"

enum { KNOWN_NETWORKS_MAX = 8 };	/* that are kept for each user */

/* Sets *at to when the user last signed in from a network, in seconds since 1970; 0: never. */
ERR_CHECKED enum err known_networks_find(struct db *db, int64_t user_id, const char *network,
    int64_t *at);

/*
 * Notes that the user has signed in from a network at that time, and forgets what is older than
 * oldest, and all but the latest KNOWN_NETWORKS_MAX. Does nothing when there is no such user.
 */
ERR_CHECKED enum err known_networks_add(struct db *db, int64_t user_id, const char *network,
    int64_t at, int64_t oldest);

/* Visits the networks of a user, the latest first; visit borrows the text. */
ERR_CHECKED enum err known_networks_list(struct db *db, int64_t user_id,
    void (*visit)(const char *network, void *arg), void *arg);

#endif
