/*
 * sessions: the browsers that are signed in (protocol sections 18 and 21).
 *
 * A session is alive while its row is there, its end has not come, it has not been left alone for
 * too long, and its user is active. Nothing else decides. Ending it removes the row. Of the cookie
 * that a browser has, only the SHA-256 digest is stored; its first bytes are the session's id,
 * which is public. When a session was used last is kept in the file `seen` (store/seen.h), and in
 * the row now and then.
 *
 * Times are seconds since 1970. What every function may return besides what is said there: see
 * db.h.
 */
#ifndef BEARWARD_STORE_SESSIONS_H
#define BEARWARD_STORE_SESSIONS_H

#include <stdint.h>

#include "base/err.h"
#include "store/db.h"
#include "store/grants.h"
#include "store/seen.h"
#include "store/users.h"

enum {
	SESSIONS_DIGEST_LEN = 32,	/* bytes, of SHA-256 */
	SESSIONS_ID_LEN = 16,		/* of a session's id */
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

/* Returns when a session was used last, whatever tells of it last. seen may be NULL. */
int64_t sessions_used_at(const struct sessions_row *row, const struct seen *seen);

/* What a new session depends on, borrowed. */
struct sessions_terms {
	int64_t signed_out_at;		/* of the user, when the password was checked */
	const unsigned char *replaced;	/* digest of the session that the browser had; or NULL */
	const struct seen *seen;	/* may be NULL */
	const struct audits_row *sign_in;	/* borrowed: tells of it; or NULL */
	struct outbox_row *message;	/* to be added as well; NULL: none */
};

/*
 * Stores a new session, of which the texts are borrowed, sets row->id, and notes the sign-in at
 * the user and in the audit, in one transaction. The session that the browser had ends. Where the
 * user has SESSIONS_MAX that are alive, the one that was used longest ago ends: *made_room is how
 * many did. Returns ERR_NO_USER, and changes nothing, when the user is gone or inactive or
 * everything of the user has been ended since the password was checked.
 */
ERR_CHECKED enum err sessions_add(struct db *db, struct sessions_row *row,
    const struct sessions_terms *terms, int64_t *made_room);

/*
 * Find, in one statement, the session of that digest, or of that id, that has not expired, with
 * its user, without the hash; both NULL: there is none. Both are owned. Idleness is not looked at.
 */
ERR_CHECKED enum err sessions_find(struct db *db, const unsigned char digest[SESSIONS_DIGEST_LEN],
    int64_t now, struct sessions_row **row, struct user **user);
ERR_CHECKED enum err sessions_find_by_id(struct db *db, const unsigned char id[SESSIONS_ID_LEN],
    int64_t now, struct sessions_row **row, struct user **user);

/* Which sessions to list. */
struct sessions_list {
	int64_t user_id;		/* 0: of all users */
	const unsigned char *after;	/* id of the one before the first, borrowed; or NULL */
	int64_t limit;
	int64_t now;
	const struct seen *seen;	/* may be NULL */
};
typedef void sessions_visit(const struct sessions_row *row, const struct user *user, void *arg);

/*
 * Visits sessions that are alive, the newest first, as grants_list() does. Returns ERR_REFUSED
 * when there is no session `after`.
 */
ERR_CHECKED enum err sessions_list(struct db *db, const struct sessions_list *list,
    sessions_visit *visit, void *arg);

/*
 * Ends a session of a user (0: of any), with its children, and the grants born in them but for
 * those that are to outlive it (scope offline_access), with audit rows in the same transaction.
 * ending->event is that of the session's row. *user_id is that of the user whose it was; 0: there
 * was no such session that had not expired, and nothing has changed.
 */
ERR_CHECKED enum err sessions_end(struct db *db, const unsigned char id[SESSIONS_ID_LEN],
    int64_t of_user, const struct grants_ending *ending, int64_t *user_id);

/*
 * Ends all sessions of a user but the one with the id `kept` (NULL: none), in a transaction, which
 * ends the user's grants as well. *ended is how many there were that had not expired. An audit row
 * tells of them.
 */
ERR_CHECKED enum err sessions_end_all(struct db_connection *connection, int64_t user_id,
    const unsigned char *kept, const struct grants_ending *ending, int64_t *ended);

#endif
