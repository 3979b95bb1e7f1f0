/*
 * err: everything that can go wrong, and the one table that says what the world is told.
 *
 * A function that can fail returns an enum err; ERR_OK is 0. On the way up an error keeps its
 * meaning: "wrong password" and "the database is gone" never become the same thing. Only the
 * table behind err_answer() knows the statuses of refusals, OAuth error codes and the texts
 * clients see (protocol sections 3.9, 5, 6.2); what a dialect changes of it is in dialect.c.
 */
#ifndef BEARWARD_BASE_ERR_H
#define BEARWARD_BASE_ERR_H

#include <stddef.h>

#include "config/dialect.h"

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

	/* never on the wire: callers turn these into one of the above */
	ERR_REFUSED,		/* a text its profile or our rules do not allow */
	ERR_NO_USER,		/* to be changed, and not there */
	ERR_SETUP,		/* settings, keys or database forbid it; already reported */
};

/* What complains when a caller drops an error. */
#define ERR_CHECKED __attribute__((warn_unused_result))

/* Which WWW-Authenticate header belongs to an answer (RFC 6750, section 3). */
enum challenge {
	CHALLENGE_NONE,
	CHALLENGE_ON_401,	/* Bearer realm="R", where the status is 401 */
	CHALLENGE_ERROR,	/* Bearer realm="R", error="...", error_description="..." */
	CHALLENGE_ERROR_SCOPE,	/* the same, and scope="..." */
};

struct err_answer {
	int status;			/* HTTP */
	const char *code;		/* static; OAuth error code, NULL where none exists */
	const char *text;		/* static; for error_description and detail */
	enum challenge challenge;
	const char *bearer_error;	/* static; of a CHALLENGE_ERROR* (RFC 6750, 3.1) */
	const char *bearer_text;	/* static; its error_description */
	int retry_after;		/* seconds; 0: no Retry-After header */
};

/* The answer for err, with the dialect's statuses filled in. */
struct err_answer err_answer(enum err err, const struct dialect *dialect);

/*
 * The same for a gateway, which understands 401 and 403 and takes everything else for a failure
 * (nginx makes 500 of a 400): so what is malformed is 401, and what should not happen is 503.
 */
struct err_answer err_answer_to_gateway(enum err err, const struct dialect *dialect);

/* A short name for logs ("wrong credentials"); static. */
const char *err_name(enum err err);

/*
 * Faults: what is wrong with which member of a body, one entry a fault, as FastAPI reports them
 * in a 422 answer (protocol section 1.4).
 */
struct fault {
	const char *type;	/* static: missing, string_type, string_too_short, ... */
	const char *field;	/* static; NULL: the body as a whole */
	const char *message;	/* static; never repeats input */
};

enum { FAULTS_MAX = 8 };

struct faults {
	struct fault list[FAULTS_MAX];
	size_t count;
};

/* Appends a fault and returns ERR_FIELDS, so that a check can end in it. */
enum err faults_add(struct faults *faults, const char *type, const char *field,
    const char *message);

#endif
