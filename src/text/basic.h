/*
 * basic: the name and the secret of a client, as the Basic scheme of HTTP has them (RFC 7617),
 * each form-urlencoded before (RFC 6749, section 2.3.1).
 */
#ifndef BEARWARD_TEXT_BASIC_H
#define BEARWARD_TEXT_BASIC_H

#include "base/err.h"

enum { BASIC_LEN_MAX = 1024 };	/* of name, colon and secret together, still form-urlencoded */

/* Ends with basic_clear(). */
struct basic {
	const char *name;		/* both lie in text, and may be "" */
	const char *secret;
	char text[BASIC_LEN_MAX + 1];	/* secret */
};

/*
 * Reads what follows the word Basic and its spaces. Returns ERR_REFUSED, with nothing in basic,
 * when that is not strict base64 of a name, a colon and a secret, or too long, or when a name or a
 * secret cannot be decoded.
 */
ERR_CHECKED enum err basic_parse(const char *encoded, struct basic *basic);

/* Wipes it. */
void basic_clear(struct basic *basic);

#endif
