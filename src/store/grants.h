/*
 * grants: what programs were given by those who signed in (protocol sections 18 and 19).
 *
 * A grant is alive while it has not been ended, its end has not come, it has not been left alone
 * for too long (if it has a refresh token), and its user is active. A row that is not there is not
 * alive. Nothing else decides. Of a refresh token only digests are stored.
 *
 * Times are seconds since 1970. What every function may return besides what is said there: see
 * db.h.
 */
#ifndef BEARWARD_STORE_GRANTS_H
#define BEARWARD_STORE_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/audits.h"
#include "store/db.h"
#include "store/outbox.h"
#include "store/users.h"

enum {
	GRANTS_ID_LEN = 16,		/* bytes of a grant's id, and of a token's */
	GRANTS_DIGEST_LEN = 32,		/* of SHA-256 */
	GRANTS_SALT_LEN = 16,
	GRANTS_REFRESHABLE_MAX = 100,	/* alive for each user */
};

struct grant {
	unsigned char id[GRANTS_ID_LEN];	/* claim `gid` */
	int64_t user_id;
	char *client_id;		/* owned */
	char *scope;			/* what was granted; "" for none; owned */
	int64_t created_at;
	int64_t expires_at;		/* never moves, unless the grant is ended */
	int64_t revoked_at;		/* 0: it was not ended */
	char *network;			/* where the sign-in came from; owned */
	char *agent;			/* short name of the program that signed in; owned */

	/* Protocol section 19; only where there is a refresh token. */
	bool is_refreshable;
	unsigned char current[GRANTS_DIGEST_LEN];	/* of the secret that is current */
	unsigned char previous[GRANTS_DIGEST_LEN];	/* of the one before; zero bytes: none */
	unsigned char salt[GRANTS_SALT_LEN];	/* from which the previous one made the current */
	int64_t generation;		/* grows by one with each rotation */
	int64_t rotated_at;		/* the last use that was written, or created_at */
	int64_t run;			/* generations in a row that were counted */
	bool is_counted;		/* whether the current one has been */
};

/* Frees all of it. Accepts NULL. */
void grant_free(struct grant *grant);

/* How long something lasts, in seconds. */
struct grants_spans {
	int64_t idle;			/* a refreshable grant that is left alone */
	int64_t token;			/* an access token */
};

struct grants_terms {
	int64_t signed_out_at;		/* of the user, when the password was checked */
	struct grants_spans spans;
	const struct audits_row *sign_in;	/* borrowed: tells of it; or NULL */
};

/*
 * Stores a new grant, of which the texts are borrowed, and notes the sign-in at the user and in
 * the audit, in one transaction. Where the user has GRANTS_REFRESHABLE_MAX refreshable ones that
 * are alive, one is refreshable no more, and ends with its access tokens: the one used longest ago
 * of those that were never renewed, or else of all. *made_room is how many there were. Returns
 * ERR_NO_USER, and stores nothing, when the user is gone or inactive or everything of the user has
 * been ended since.
 */
ERR_CHECKED enum err grants_add(struct db *db, const struct grant *grant,
    const struct grants_terms *terms, int64_t *made_room);

/* Finds a grant with its user, without the hash; both NULL: there is none. Both are owned. */
ERR_CHECKED enum err grants_find(struct db *db, const unsigned char id[GRANTS_ID_LEN],
    struct grant **grant, struct user **user);

/* Which grants to list. */
struct grants_list {
	int64_t user_id;		/* 0: of all users */
	const unsigned char *after;	/* id of the one before the first, borrowed; or NULL */
	int64_t limit;
	int64_t now;
	int64_t idle;			/* see struct grants_spans */
};
typedef void grants_visit(const struct grant *grant, const struct user *user, void *arg);

/*
 * Visits grants that are alive, the newest first; visit borrows the grant and its user. However
 * many there are, a few are in memory at a time, and the database is not locked while they are
 * visited. Returns ERR_REFUSED when there is no grant `after`.
 */
ERR_CHECKED enum err grants_list(struct db *db, const struct grants_list *list,
    grants_visit *visit, void *arg);

/* What an access token of ours says of itself. */
struct grants_claim {
	int64_t uid;
	const unsigned char *gid;	/* GRANTS_ID_LEN bytes, borrowed; NULL: none */
	const unsigned char *jti;	/* likewise; never NULL */
	int64_t issued_at;
};

/* Whose an access token of ours is. */
struct grants_bearer {
	struct user *user;		/* owned, without the hash; NULL: there is none */
	bool is_alive;
	int64_t auth_at;		/* when the user signed in; 0: not alive */
};

/*
 * Finds, in one statement, the user of an access token, and tells whether what the token stands
 * for is alive, but for the user's being active: its grant, which must be that user's, and the
 * token itself. One without a grant, of a version that stored none, is alive until the life of a
 * token after that changed, unless the user is younger or has been signed out since. On failure
 * bearer holds nothing.
 */
ERR_CHECKED enum err grants_find_bearer(struct db *db, const struct grants_claim *claim,
    int64_t now, const struct grants_spans *spans, struct grants_bearer *bearer);

/*
 * Makes the digest next the current one, if shown is and the grant was not ended: *is_done. What
 * was shown becomes the previous one, and the run ends unless its generation was counted.
 */
ERR_CHECKED enum err grants_rotate(struct db *db, const unsigned char id[GRANTS_ID_LEN],
    const unsigned char shown[GRANTS_DIGEST_LEN], const unsigned char next[GRANTS_DIGEST_LEN],
    const unsigned char salt[GRANTS_SALT_LEN], int64_t now, bool *is_done);

/*
 * Counts a generation, if it is the current one, was not counted, and the grant not ended. It is
 * young again from now on: whoever is given it first may not replace it while others of the same
 * client are still asking for it.
 */
ERR_CHECKED enum err grants_count(struct db *db, const unsigned char id[GRANTS_ID_LEN],
    int64_t generation, int64_t now, bool *is_done);

/* Why a grant ends, and by whom: for the row and the audit. Texts are borrowed, "" for none. */
struct grants_ending {
	int64_t now;
	const char *event;		/* of the audit row */
	const char *reason;
	const char *actor;		/* number of a user, or `command:ACCOUNT` */
	const char *network;
	const char *detail;		/* of the audit row */
	enum audits_join join;		/* likewise */
	struct outbox_row *message;	/* to be added as well, where something ends; NULL: none */
};

/*
 * Ends a grant of a user (0: of any), with an audit row in the same transaction. *user_id is that
 * of the user whose it was; 0: there was no such grant alive, and nothing has changed.
 */
ERR_CHECKED enum err grants_end(struct db *db, const unsigned char id[GRANTS_ID_LEN],
    int64_t of_user, const struct grants_ending *ending, int64_t *user_id);

/*
 * Ends, in a transaction, the grants that were born in a session (its number) or in one of its
 * children, but for those whose scope has offline_access. An audit row of the event "grant ended"
 * tells of them.
 */
ERR_CHECKED enum err grants_end_born_in(struct db_connection *connection, int64_t session,
    const struct grants_ending *ending);

/*
 * Ends a grant because of what its row said: only if generation and is_counted are as they were
 * read. *is_done.
 */
ERR_CHECKED enum err grants_end_as_read(struct db *db, const struct grant *grant,
    const struct grants_ending *ending, bool *is_done);

/* What grants_end_all() has done. */
struct grants_ended {
	int64_t grants;			/* how many have ended */
	int64_t signed_out_at;		/* of the user from then on: see struct user */
};

/*
 * Ends everything of a user, in a transaction: all grants but the one with the id `kept` (NULL:
 * none), sign-ins that are under way, links, and tokens without a grant. An audit row tells of the
 * grants. ERR_NO_USER: no such user.
 */
ERR_CHECKED enum err grants_end_all(struct db_connection *connection, int64_t user_id,
    const unsigned char *kept, const struct grants_ending *ending, struct grants_ended *ended);

#endif
