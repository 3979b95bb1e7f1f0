/*
 * end: ends what users were given when they signed in (protocol section 18.4).
 *
 * Once a function here has returned, no process answers in favour of what it has ended, but for
 * `verify` with `verify = stateless`. Tokens of another program, which are accepted by their name
 * (`accept_tutorial_tokens`), cannot be ended; those of a disabled or deleted user are refused.
 */
#ifndef BEARWARD_ACCOUNT_END_H
#define BEARWARD_ACCOUNT_END_H

#include <stdint.h>

#include "account/context.h"
#include "account/message.h"
#include "store/grants.h"
#include "store/sessions.h"
#include "store/users.h"

/*
 * A change of a user that ends everything of the user, too, and tells the user of it, all in one
 * transaction.
 */
struct end_change {
	const char *event;	/* static: of the log */
	const char *told;	/* static: of the audit row; NULL: the same */
	const char *told_detail;	/* static: likewise; NULL: none */
	const char *reason;	/* static: why, for the grants and the audit */
	/* Runs first; what is not ERR_OK undoes all, and is returned. NULL: nothing is checked. */
	enum err (*begin)(struct db_connection *connection, int64_t user_id, const void *value);
	/* Makes the change, with that value. NULL: nothing else is changed. */
	enum err (*make)(struct db_connection *connection, int64_t user_id, const void *value);
	const void *value;	/* borrowed: of both */
	const unsigned char *keeps_grant;	/* id of the one that goes on, borrowed; or NULL */
	const unsigned char *keeps_session;	/* likewise */
	enum message_kind message;	/* to the user */
	int64_t *signed_out_at;		/* receives that of the user from then on, which a new
					 * session depends on; or NULL */
};

/*
 * Makes a change of a user, and ends all grants, all sessions of browsers, sign-ins that are under
 * way, and tokens without a grant, in one transaction, of which audit rows tell. Logs it, with how
 * many there were. Returns what the change does, or ERR_NO_USER, ERR_STORAGE or ERR_MEMORY; then
 * nothing has been changed.
 */
ERR_CHECKED enum err end_all(struct context *context, const struct user *user,
    const struct end_change *change);

/*
 * End one grant, or one session with what was born in it, of a user, and log it: *is_done. It is
 * not done, and nothing has changed, where the user has no such one that is alive. reason is
 * static. Return ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err end_grant(struct context *context, const struct user *user,
    const unsigned char id[GRANTS_ID_LEN], const char *reason, bool *is_done);
ERR_CHECKED enum err end_session(struct context *context, const struct user *user,
    const unsigned char id[SESSIONS_ID_LEN], const char *reason, bool *is_done);

/* Does the same to the session of the browser that asks for it: its user signs out. */
ERR_CHECKED enum err end_own_session(struct context *context, const struct user *user,
    const unsigned char id[SESSIONS_ID_LEN], bool *is_done);

#endif
