/*
 * tickets: what is good once and for a while: links to a new password, invitations (protocol
 * section 37).
 *
 * Of the secret in a link only the SHA-256 digest is stored. A row that is not there, or whose end
 * has come, is none. Times are seconds since 1970. What every function may return besides what is
 * said there: see db.h.
 */
#ifndef BEARWARD_STORE_TICKETS_H
#define BEARWARD_STORE_TICKETS_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/users.h"

enum { TICKETS_DIGEST_LEN = 32 };	/* bytes, of SHA-256 */

struct tickets_row {
	const unsigned char *digest;	/* TICKETS_DIGEST_LEN bytes, borrowed */
	const char *kind;		/* static: "link", "invitation" */
	int64_t user_id;
	int64_t expires_at;
};

/* Adds a ticket, in a transaction. ERR_CONFLICT: the digest stands already. */
ERR_CHECKED enum err tickets_add(struct db_connection *connection, const struct tickets_row *row);

/*
 * Finds the user of a ticket, without the hash; *user is owned, and NULL for none. Changes
 * nothing.
 */
ERR_CHECKED enum err tickets_find(struct db *db, const unsigned char digest[TICKETS_DIGEST_LEN],
    const char *kind, int64_t now, struct user **user);

/*
 * Uses a ticket up, in a transaction: *user_id is its user's. 0: there was none, and nothing has
 * changed. Of many who use one at the same time, one finds it.
 */
ERR_CHECKED enum err tickets_use(struct db_connection *connection,
    const unsigned char digest[TICKETS_DIGEST_LEN], const char *kind, int64_t now,
    int64_t *user_id);

/* Removes all tickets of a user, in a transaction. */
ERR_CHECKED enum err tickets_remove_all(struct db_connection *connection, int64_t user_id);

#endif
