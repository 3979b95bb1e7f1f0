/*
 * charge: finds who is to sign in and takes the attempt, in as few round trips as the engine can.
 */
#ifndef BEARWARD_STORE_CHARGE_H
#define BEARWARD_STORE_CHARGE_H

#include <stdint.h>

#include "base/err.h"
#include "store/buckets.h"
#include "store/db.h"
#include "store/users.h"

enum { CHARGE_BUDGETS = 3 };

struct charge {
	const char *account;		/* key of the name that was typed; borrowed */
	const char *network;		/* from where; borrowed */
	int64_t known_since;		/* who signed in later than that makes the network known */
	struct bucket budgets[CHARGE_BUDGETS];	/* what is charged, of different kinds */
	struct bucket known;		/* in place of the last where the network is known */

	/* What comes back. */
	int64_t known_at;		/* when the user last signed in from the network; 0: it is
					 * not known */
	struct buckets_refusal refusal;
};

/*
 * Finds the user who has a name, with the hash, and when the user last signed in from a network,
 * and takes an attempt from each of the budgets, or from none. Does the same for a name that
 * nobody has, where *user is NULL: the time taken must not tell who exists. *user is owned, also
 * on failure. Returns what buckets_take() does; budgets are those that were charged or refused.
 */
ERR_CHECKED enum err charge_sign_in(struct db *db, struct buckets *buckets,
    struct charge *charge, struct user **user);

#endif
