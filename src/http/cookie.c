/* cookie: writes the cookies that we set, and finds them in what a browser sends. */
#include "http/cookie.h"

#include <stdio.h>
#include <string.h>

const char *
cookie_name(const struct config *config)
{
	return config->insecure_cookie ? "bearward_insecure" : "__Host-Http-bearward";
}

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

/* Returns the value of the next cookie of that name, or NULL; *len is its length. */
static const char *
find_next(const char **rest, const char *name, size_t *len)
{
	const size_t name_len = strlen(name);

	while (**rest != '\0') {
		/* Browsers send no tab, and what hides the cookie elsewhere expects none. */
		const char *pair = *rest + strspn(*rest, " ");
		const char *end = pair + strcspn(pair, ";");

		*rest = *end == ';' ? end + 1 : end;
		if (strncmp(pair, name, name_len) != 0 || pair[name_len] != '=')
			continue;
		*len = (size_t)(end - pair) - name_len - 1;
		return pair + name_len + 1;
	}
	return NULL;
}

bool
cookie_find(const struct wire *wire, const char *name, char *value, size_t size)
{
	size_t len = 0, more;
	int count;
	const char *header = wire_find_param(wire, "HTTP_COOKIE", &count), *found;

	value[0] = '\0';
	if (count != 1 || strnlen(header, COOKIE_HEADER_MAX + 1) > COOKIE_HEADER_MAX)
		return false;
	found = find_next(&header, name, &len);
	if (found == NULL || find_next(&header, name, &more) != NULL || len != size - 1)
		return false;
	memcpy(value, found, len);
	value[len] = '\0';
	if (is_plain(value))
		return true;
	value[0] = '\0';
	return false;
}

bool
cookie_is_repeated(const struct wire *wire, const char *name)
{
	const char *header = wire_get_param(wire, "HTTP_COOKIE");
	size_t len;

	return find_next(&header, name, &len) != NULL && find_next(&header, name, &len) != NULL;
}
