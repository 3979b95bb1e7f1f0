/*
 * dialect: the points where the FastAPI tutorial and the RFCs disagree, one row a dialect.
 *
 * `fastapi` keeps programs written for the tutorial working, status by status; `rfc` answers as
 * the RFCs say (protocol, "Dialect" and section 14). Bodies carry the members of both worlds in
 * both dialects, so nothing else in the program asks which one is set.
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
	bool sub_is_username;		/* `sub` is the name; else the user id in decimal */
	/*
	 * What `audience` is where it is not set. "" means no claim `aud`: a verifier copied from
	 * the tutorial expects none, and its libraries then refuse a token that has one. RFC 9068,
	 * section 2.2 demands one.
	 */
	const char *audience;
};

/* The dialects there are, static; NULL past the last. */
const struct dialect *dialect_get(size_t i);

/* The dialect of that name, static; NULL when there is none. */
const struct dialect *dialect_find(const char *name);

#endif
