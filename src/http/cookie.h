/*
 * cookie: cookies that we set (RFC 6265, section 4.1; protocol section 21).
 */
#ifndef BEARWARD_HTTP_COOKIE_H
#define BEARWARD_HTTP_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

/* Every cookie is HttpOnly, SameSite=Lax and for the whole host that it comes from. */
struct cookie {
	const char *name;	/* borrowed; a token of RFC 9110, section 5.6.2 */
	const char *value;	/* borrowed, perhaps secret; of base64url, "" to delete it */
	bool is_insecure;	/* sent over plain http as well */
	long max_age;		/* seconds; 0: until the browser ends, or deleted where value is "" */
};

enum { COOKIE_SIZE = 512 };

/* Writes the value of a Set-Cookie header. false: name or value has a character it may not have,
 * or it does not fit; text is then empty. */
bool cookie_format(const struct cookie *cookie, char text[COOKIE_SIZE]);

#endif
