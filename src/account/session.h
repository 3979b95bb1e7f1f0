/*
 * session: shows what is signed in, and ends it (protocol section 18): every browser whose
 * session is alive, and every grant that is, which is what a program was given when a user signed
 * in there.
 */
#ifndef BEARWARD_ACCOUNT_SESSION_H
#define BEARWARD_ACCOUNT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "account/context.h"
#include "base/text.h"
#include "store/grants.h"
#include "store/users.h"

enum { SESSION_ID_SIZE = BASE64_SIZE(GRANTS_ID_LEN) };

/* Texts are borrowed; "" where something is not known. */
struct session {
	char id[SESSION_ID_SIZE];	/* base64url; no secret */
	const char *kind;		/* static: "browser" or "program" */
	const char *username;
	const char *client_id;		/* "" for a browser */
	const char *scope;		/* what was granted; "" for a browser */
	const char *network;		/* of the sign-in: see network_coarse_of() */
	const char *agent;		/* likewise: see agent_name() */
	int64_t created_at;		/* the sign-in; seconds since 1970 */
	int64_t used_at;		/* of a browser the last use, to the minute; of a program
					 * the last renewal, or the sign-in: no check is noted */
	int64_t expires_at;		/* unless it is used, or renewed, before */
};
typedef void session_visit(const struct session *session, void *arg);

/* Reads the id of a session or of a grant; returns false when text cannot be one. */
bool session_read_id(const char *text, unsigned char id[GRANTS_ID_LEN]);

/*
 * Visits up to limit of those of a user, or of all users for NULL, from behind the one whose id is
 * `after`, or from the first for NULL: browsers, and then programs, the newest of each first.
 * Returns ERR_REFUSED when nothing has that id; ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err session_list(struct context *context, const struct user *user,
    const char *after, int64_t limit, session_visit *visit, void *arg);

/* Visits all those of a user, browsers and programs together, the newest first. */
ERR_CHECKED enum err session_list_newest(struct context *context, const struct user *user,
    session_visit *visit, void *arg);

/*
 * Ends the one of that id, if it is of user, or of any for NULL, and gives its user and whether it
 * is a browser; *owner is owned, user_free(). NULL: there is no such, and nothing was changed.
 * Where the end counts says account/end.h. Returns ERR_STORAGE or ERR_MEMORY.
 */
ERR_CHECKED enum err session_end(struct context *context, const struct user *user,
    const char *id, struct user **owner, bool *is_browser);

#endif
