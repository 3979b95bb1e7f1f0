/*
 * err: everything that can go wrong.
 *
 * A function that can fail returns an enum err; ERR_OK is 0. An error keeps its meaning on the way
 * up: "wrong password" and "the database is gone" never become the same value. What a client is
 * told about each of them is in http/answer.h.
 */
#ifndef BEARWARD_BASE_ERR_H
#define BEARWARD_BASE_ERR_H

enum err {
	ERR_OK,

	/* the request itself */
	ERR_NOT_FOUND,		/* a path below the endpoint */
	ERR_METHOD,
	ERR_MEDIA_TYPE,
	ERR_LENGTH_MISSING,	/* a body is expected and no length was announced */
	ERR_TOO_LARGE,
	ERR_TOO_SLOW,		/* the body did not arrive within its deadline */
	ERR_BODY,		/* length not a number, or not what arrived */
	ERR_HEADERS,		/* a header that must be single came twice */
	ERR_FORM,		/* a form that cannot be decoded */
	ERR_REPEATED,		/* a form parameter given twice */
	ERR_QUERY,		/* a secret in the query string */
	ERR_JSON,
	ERR_MISSING,		/* /token: a required parameter is absent (faults say which) */
	ERR_FIELDS,		/* one or more members are not acceptable (faults say which) */

	/* granting */
	ERR_GRANT_TYPE,
	ERR_SCOPE,
	ERR_CREDENTIALS,	/* wrong, unknown, disabled: deliberately one and the same */

	/* showing a token */
	ERR_NO_TOKEN,
	ERR_AUTHORIZATION,	/* more than one credential, or one that cannot be read */
	ERR_TOKEN,
	ERR_INACTIVE,
	ERR_FORBIDDEN,		/* a good token whose scope is too small */

	/* registering */
	ERR_NAME_TAKEN,
	ERR_REGISTRATION_CLOSED,

	ERR_ATTEMPTS,		/* attempt budget used up */
	ERR_OVERLOADED,		/* no room to hash within the time a client should wait */
	ERR_STORAGE,		/* storage busy, full, read-only, corrupt or gone */
	ERR_INTERNAL,		/* a defect, or out of memory */

	ERR_SETUP,		/* settings, keys or database forbid it; already reported */

	/* callers turn these into one of the above before a client could see them */
	ERR_REFUSED,		/* a text that its profile or our rules do not allow */
	ERR_CONFLICT,		/* a unique key of the database stands already */
	ERR_NO_USER,		/* to be changed, and not there */
};

/* What complains when a caller drops an error. */
#define ERR_CHECKED __attribute__((warn_unused_result))

/* Returns a short name for logs ("wrong credentials"); static. */
const char *err_name(enum err err);

#endif
