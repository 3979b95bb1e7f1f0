/*
 * answer: the one table that says what a client is told about each error.
 *
 * Nothing else knows the statuses of refusals, OAuth error codes and the texts clients see
 * (protocol sections 3.9, 5, 6.2). What a dialect changes of them is in config/dialect.c.
 */
#ifndef BEARWARD_HTTP_ANSWER_H
#define BEARWARD_HTTP_ANSWER_H

#include "base/err.h"
#include "config/dialect.h"

/* Which WWW-Authenticate header belongs to an answer (RFC 6750, section 3). */
enum challenge {
	CHALLENGE_NONE,
	CHALLENGE_ON_401,	/* Bearer realm="R", where the status is 401 */
	CHALLENGE_ERROR,	/* Bearer realm="R", error="...", error_description="..." */
	CHALLENGE_ERROR_SCOPE,	/* the same, and scope="..." */
	CHALLENGE_ERROR_AGE,	/* the same, and max_age="..." */
	CHALLENGE_BASIC,	/* Basic realm="R", charset="UTF-8" */
	CHALLENGE_BASIC_OR_BEARER,	/* that one, and Bearer realm="R" */
};

struct answer {
	int status;			/* HTTP */
	const char *code;		/* static; OAuth error code, NULL where none exists */
	const char *text;		/* static; for error_description and detail */
	const char *after_media;	/* static; set: follows text and the media to send */
	enum challenge challenge;
	const char *bearer_error;	/* static; of a CHALLENGE_ERROR* (RFC 6750, 3.1) */
	const char *bearer_text;	/* static; its error_description */
	int retry_after;		/* seconds; 0: no Retry-After header */
};

/* Returns the answer for err, with the dialect's statuses filled in. */
struct answer answer_of(enum err err, const struct dialect *dialect);

/* Returns the same for a browser, which speaks no dialect (protocol section 23.3). */
struct answer answer_of_page(enum err err);

/*
 * Returns the same for a web server that asks about a request of its own. It understands 401 and
 * 403 and takes every other status for a failure (nginx makes 500 of a 400), so a malformed
 * request is 401, and what should not happen is 503 (protocol section 11.2).
 */
struct answer answer_of_gateway(enum err err, const struct dialect *dialect);

#endif
