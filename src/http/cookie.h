/*
 * cookie: writes the cookies that we set, and finds them in what a browser sends (RFC 6265,
 * sections 4.1 and 4.2; protocol section 21).
 */
#ifndef BEARWARD_HTTP_COOKIE_H
#define BEARWARD_HTTP_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "http/wire.h"

/* Every cookie is HttpOnly, SameSite=Lax and for the whole host that it comes from. */
struct cookie {
	const char *name;	/* borrowed; a token of RFC 9110, section 5.6.2 */
	const char *value;	/* borrowed, perhaps secret; base64url, or "" to delete it */
	bool is_insecure;	/* sent over plain http as well */
	long max_age;		/* seconds; 0: until the browser ends */
};

enum { COOKIE_SIZE = 512, COOKIE_HEADER_MAX = 16384 };

/* Returns the name of the cookie of a signed-in browser, static. */
const char *cookie_name(const struct config *config);

/*
 * Writes the value of a Set-Cookie header. Returns false, with text empty, when name or value has
 * a character that it may not have, or the whole does not fit.
 */
bool cookie_format(const struct cookie *cookie, char text[COOKIE_SIZE]);

/*
 * Finds the value of the cookie of exactly that name in the Cookie header of a request, and copies
 * it to value, which is secret. Returns false, with value empty, where there is none or more than
 * one, where it does not have exactly size - 1 characters of base64url, and where the header is
 * repeated or longer than COOKIE_HEADER_MAX.
 */
bool cookie_find(const struct wire *wire, const char *name, char *value, size_t size);

/* Returns true when a cookie of that name is there more than once. */
bool cookie_is_repeated(const struct wire *wire, const char *name);

#endif
