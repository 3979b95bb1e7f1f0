/*
 * sessions_internal: what the files of sessions have in common. For them alone.
 */
#ifndef BEARWARD_STORE_SESSIONS_INTERNAL_H
#define BEARWARD_STORE_SESSIONS_INTERNAL_H

#include "store/sessions.h"

/* The bytes behind which there is no digest of a session of that id. */
struct sessions_bound {
	unsigned char bytes[SESSIONS_DIGEST_LEN];
};

/* Returns it. A session of an id has a digest between the id and this. */
struct sessions_bound sessions_last_digest(const unsigned char id[SESSIONS_ID_LEN]);

/*
 * Ends, in a transaction, the session of that number, with its children and the grants born in
 * them. *user_id is that of its user; 0: there was none.
 */
ERR_CHECKED enum err sessions_end_number(struct db_connection *connection, int64_t number,
    const struct grants_ending *ending, int64_t *user_id);

#endif
