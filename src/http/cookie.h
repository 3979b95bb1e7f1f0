/*
 * cookie: writes the cookies that we set (RFC 6265, section 4.1; protocol section 21).
 */
#ifndef BEARWARD_HTTP_COOKIE_H
#define BEARWARD_HTTP_COOKIE_H

#include <stdbool.h>

/* Every cookie is HttpOnly, SameSite=Lax and for the whole host that it comes from. */
struct cookie {
	const char *name;	/* borrowed; a token of RFC 9110, section 5.6.2 */
	const char *value;	/* borrowed, perhaps secret; base64url, or "" to delete it */
	bool is_insecure;	/* sent over plain http as well */
	long max_age;		/* seconds; 0: until the browser ends */
};

enum { COOKIE_SIZE = 512 };

/*
 * Writes the value of a Set-Cookie header. Returns false, with text empty, when name or value has
 * a character that it may not have, or the whole does not fit.
 */
bool cookie_format(const struct cookie *cookie, char text[COOKIE_SIZE]);

#endif
