/*
 * sessions: the browsers that are signed in (protocol sections 18 and 21).
 *
 * A session is alive while its row is there, its end has not come, it has not been left alone for
 * too long, and its user is active. Nothing else decides. Ending it removes the row. Of the cookie
 * that a browser has, only the SHA-256 digest is stored. When a session was used last is kept in
 * the file `seen` (store/seen.h), and in the row now and then.
 *
 * Times are seconds since 1970. What every function may return besides what is said there: see
 * db.h.
 */
#ifndef BEARWARD_STORE_SESSIONS_H
#define BEARWARD_STORE_SESSIONS_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/users.h"

enum {
	SESSIONS_DIGEST_LEN = 32,	/* bytes, of SHA-256 */
	SESSIONS_MAX = 50,		/* alive for each user */
};

struct sessions_row {
	int64_t id;			/* positive, never given twice */
	unsigned char digest[SESSIONS_DIGEST_LEN];	/* of the cookie */
	int64_t user_id;
	int64_t created_at;
	int64_t auth_at;		/* when the password was checked */
	int64_t seen_at;		/* a use that was written, or created_at */
	int64_t idle;			/* seconds that it may be left alone */
	int64_t expires_at;		/* never moves */
	char *network;			/* where the sign-in came from; owned */
	char *agent;			/* short name of the browser; owned */
};

/* Frees all of it. Accepts NULL. */
void sessions_row_free(struct sessions_row *row);

/*
 * Stores a new session, of which the texts are borrowed, sets row->id, and notes the sign-in at
 * the user, in one transaction. signed_out_at is what the user's row said when the password was
 * checked. replaced is the digest of the session that the browser had, which ends; or NULL. Where
 * the user has SESSIONS_MAX that have not expired, the one used longest ago ends: *made_room is
 * how many did. Returns ERR_NO_USER, and changes nothing, when the user is gone or inactive or
 * everything of the user has been ended since.
 */
ERR_CHECKED enum err sessions_add(struct db *db, struct sessions_row *row, int64_t signed_out_at,
    const unsigned char *replaced, int64_t *made_room);

/*
 * Finds, in one statement, the session of that digest that has not expired, with its user, without
 * the hash; both NULL: there is none. Both are owned. Idleness is not looked at.
 */
ERR_CHECKED enum err sessions_find(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN],
    int64_t now, struct sessions_row **row, struct user **user);

/* Ends the session of that digest, with its children and the grants born in it, if it is there. */
ERR_CHECKED enum err sessions_end(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN],
    int64_t now);

#endif
