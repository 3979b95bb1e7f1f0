/*
 * err: the errors that functions return.
 *
 * A function that can fail returns an enum err; ERR_OK is 0. An error keeps its meaning on the way
 * up: "wrong password" and "the database is gone" never become the same value. http/answer.h has
 * what a client is told about each of them.
 */
#ifndef BEARWARD_BASE_ERR_H
#define BEARWARD_BASE_ERR_H

enum err {
	ERR_OK,

	/* about the request itself */
	ERR_NOT_FOUND,		/* the path continues below the endpoint */
	ERR_METHOD,
	ERR_MEDIA_TYPE,
	ERR_CHARSET,		/* the right media type, in another encoding than UTF-8 */
	ERR_CODING,		/* the right media type, compressed */
	ERR_BOUNDARY,		/* a multipart form without a usable boundary */
	ERR_LENGTH_MISSING,	/* a body is expected, and no length was announced */
	ERR_TOO_LARGE,
	ERR_TOO_SLOW,		/* the body did not arrive within its deadline */
	ERR_BODY,		/* the length is not a number, or not what arrived */
	ERR_HEADERS,		/* a header that may occur once occurred twice */
	ERR_FORM,		/* a form that cannot be decoded */
	ERR_MULTIPART,		/* a multipart form that cannot be read */
	ERR_PART,		/* a field of a multipart form that is a file, or not UTF-8 */
	ERR_REPEATED,		/* a form parameter given twice */
	ERR_QUERY,		/* a secret in the query string */
	ERR_JSON,
	ERR_MISSING,		/* /token: a required parameter is absent (faults say which) */
	ERR_FIELDS,		/* one or more members are not acceptable (faults say which) */

	/* about what a client asks for at /token */
	ERR_GRANT_TYPE,
	ERR_SCOPE,
	ERR_CREDENTIALS,	/* wrong password, unknown or inactive user: not told apart */
	ERR_REFRESH_TOKEN,	/* a refresh token that is unknown, replaced, expired or revoked */
	ERR_UNSUPPORTED_TOKEN,	/* /revoke: a token that nothing can end but its expiry */

	/* about the token that a request shows */
	ERR_NO_TOKEN,
	ERR_AUTHORIZATION,	/* more than one credential, or one that cannot be read */
	ERR_TOKEN,
	ERR_INACTIVE,
	ERR_FORBIDDEN,		/* the token is valid, but its scope is too small */

	/* about who is signed in, where a web server asks */
	ERR_GROUP,		/* not among those whom the page is for */
	ERR_STALE,		/* signed in too long ago for this page */
	ERR_CROSS_SITE,		/* another site's page made a browser ask for a change */

	/* about a service that asks for itself */
	ERR_NO_CLIENT,		/* neither a credential of its own nor a token was presented */
	ERR_CLIENT,		/* its name or its secret is wrong */
	ERR_NO_PARAMETER,	/* /revoke, /introspect: the parameter token is absent */

	/* about a registration */
	ERR_NAME_TAKEN,
	ERR_REGISTRATION_CLOSED,
	ERR_INVITATION_ONLY,	/* `registration = invite` */

	/* about the own account */
	ERR_WRONG_PASSWORD,	/* the current password, which a change asks for again */
	ERR_LINK,		/* a link that was used, has expired, or never was */
	ERR_NO_SESSION,		/* no session or grant of the user has this id */
	ERR_IN_USE,		/* a table of an application refers to who was to be deleted */

	ERR_ATTEMPTS,		/* the budget of attempts is used up */
	ERR_OVERLOADED,		/* no hash could be made within the time a client should wait */
	ERR_STORAGE,		/* the storage is busy, full, read-only, corrupt or gone */
	ERR_MEMORY,		/* memory has run out; it may be there in a moment */
	ERR_INTERNAL,		/* a defect */

	ERR_SETUP,		/* settings, keys or database forbid a start; already reported */

	/* for callers: they turn these into one of the above before a client sees them */
	ERR_REFUSED,		/* a text that its profile or our rules do not allow */
	ERR_CONFLICT,		/* a unique key exists in the database already */
	ERR_REFERENCED,		/* rows of another table refer to what was to be deleted */
	ERR_NO_USER,		/* the user to be changed does not exist */
	ERR_NO_KEY,		/* the key to be removed does not exist */
};

/* Makes the compiler warn when a caller ignores the error. */
#define ERR_CHECKED __attribute__((warn_unused_result))

/* Returns a short text for logs ("wrong credentials"); static. */
const char *err_name(enum err err);

#endif
