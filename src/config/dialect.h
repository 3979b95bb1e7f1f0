/*
 * dialect: the points where the FastAPI tutorial and the RFCs disagree, with one row per dialect.
 *
 * `fastapi` keeps programs written for the tutorial working, status by status; `rfc` answers as
 * the RFCs say (protocol, "Dialect" and section 14). In both dialects a body has the members that
 * either kind of client expects, so nothing else in the program asks which dialect is set.
 */
#ifndef BEARWARD_CONFIG_DIALECT_H
#define BEARWARD_CONFIG_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

struct dialect {
	const char *name;
	int wrong_credentials;		/* status; RFC 6749, section 5.2 */
	int missing_parameter;		/* status; RFC 6749, section 5.2 */
	int malformed_json;		/* status */
	int created;			/* status of a new user; RFC 9110, section 15.3.2 */
	bool takes_multipart;		/* forms at /token; RFC 6749, section 4.3.2 */
	bool ignores_unknown_scopes;	/* while none are configured; RFC 6749, section 3.3 */
	bool signs_with_secret;		/* a first key is of HS256, not of ES256 */
	bool sub_is_username;		/* `sub` is the name; else the user id in decimal */
	/*
	 * The value of `audience` when it is not set. "" means no claim `aud`: a verifier copied
	 * from the tutorial expects none, and its libraries then refuse a token that has one.
	 * RFC 9068, section 2.2 demands one.
	 */
	const char *audience;
};

/* Returns the dialect with index i (static), or NULL past the last one. */
const struct dialect *dialect_get(size_t i);

/* Returns the dialect of that name (static), or NULL when there is none. */
const struct dialect *dialect_find(const char *name);

#endif
