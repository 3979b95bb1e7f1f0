/* cookie: writes the cookies that we set. */
#include "http/cookie.h"

#include <stdio.h>
#include <string.h>

/* A part of what RFC 9110 and RFC 6265 allow, and all that our names and values are made of. */
static bool
is_plain(const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	return text[strspn(text, plain)] == '\0';
}

bool
cookie_format(const struct cookie *cookie, char text[COOKIE_SIZE])
{
	const bool is_deleted = *cookie->value == '\0';
	char age[sizeof("; Max-Age=-9223372036854775808")] = "";
	int len;

	text[0] = '\0';
	if (*cookie->name == '\0' || !is_plain(cookie->name) || !is_plain(cookie->value))
		return false;
	if (is_deleted || cookie->max_age > 0)
		snprintf(age, sizeof(age), "; Max-Age=%ld", is_deleted ? 0 : cookie->max_age);
	len = snprintf(text, COOKIE_SIZE, "%s=%s; Path=/%s%s; HttpOnly; SameSite=Lax",
	    cookie->name, cookie->value, age, cookie->is_insecure ? "" : "; Secure");
	if (len > 0 && len < COOKIE_SIZE)
		return true;
	text[0] = '\0';
	return false;
}
