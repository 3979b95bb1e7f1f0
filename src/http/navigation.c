/* navigation: tells what a person asks for from what programs and other sites' pages do. */
#include "http/navigation.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool
is_given(const struct wire *wire, const char *name)
{
	return *wire_get_param(wire, name) != '\0';
}

/* Whether a header came exactly once, with that value. */
static bool
is_param(const struct wire *wire, const char *name, const char *value)
{
	int count;
	const char *given = wire_find_param(wire, name, &count);

	return count == 1 && strcmp(given, value) == 0;
}

const char *
navigation_method(const struct wire *wire)
{
	return is_given(wire, "ASKED_METHOD") ? wire_get_param(wire, "ASKED_METHOD") :
	    wire_get_original(wire, "REQUEST_METHOD");
}

bool
navigation_only_reads(const struct wire *wire)
{
	const char *method = navigation_method(wire);

	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

const char *
navigation_scheme(const struct wire *wire)
{
	const char *https = wire_get_param(wire, "HTTPS");
	const bool is_https = strcmp(wire_get_param(wire, "REQUEST_SCHEME"), "https") == 0 ||
	    (*https != '\0' && strcasecmp(https, "off") != 0);

	return is_https ? "https" : "http";
}

bool
navigation_takes_html(const struct wire *wire)
{
	return strcasestr(wire_get_param(wire, "HTTP_ACCEPT"), "text/html") != NULL &&
	    !is_given(wire, "HTTP_X_REQUESTED_WITH") && !is_given(wire, "HTTP_UPGRADE");
}

bool
navigation_is_persons(const struct wire *wire)
{
	if (!navigation_only_reads(wire))
		return false;
	if (!is_given(wire, "HTTP_SEC_FETCH_MODE") && !is_given(wire, "HTTP_SEC_FETCH_DEST"))
		return navigation_takes_html(wire);
	if (!is_param(wire, "HTTP_SEC_FETCH_MODE", "navigate"))
		return false;
	/* A service worker that passes a page on cannot say what it is for, and no other can. */
	return is_param(wire, "HTTP_SEC_FETCH_DEST", "document") ||
	    (is_param(wire, "HTTP_SEC_FETCH_DEST", "empty") && navigation_takes_html(wire));
}

/* Skips a text that another begins with; NULL: it does not. */
static const char *
skip(const char *text, const char *beginning)
{
	const size_t len = strlen(beginning);

	return strncmp(text, beginning, len) == 0 ? text + len : NULL;
}

/* Whether origin is scheme://host of the request, where a browser sees our pages. */
static bool
is_of_host(const struct wire *wire, const char *origin)
{
	const char *rest = skip(origin, navigation_scheme(wire));
	const char *host = rest == NULL ? NULL : skip(rest, "://");

	return host != NULL && *host != '\0' && is_param(wire, "HTTP_HOST", host);
}

/* Whether it is the origin of a URL. */
static bool
is_of_url(const char *origin, const char *url)
{
	const char *rest = skip(url, origin);

	return strstr(origin, "://") != NULL && rest != NULL && (*rest == '\0' || *rest == '/');
}

bool
navigation_is_same_origin(const struct wire *wire, const char *own)
{
	int sites, origins;
	const char *site = wire_find_param(wire, "HTTP_SEC_FETCH_SITE", &sites);
	const char *origin = wire_find_param(wire, "HTTP_ORIGIN", &origins);

	if (sites > 0)
		return sites == 1 &&
		    (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0);
	if (origins == 0)
		return true;
	return origins == 1 && (is_of_url(origin, own) || is_of_host(wire, origin));
}

bool
navigation_came_from(const struct wire *wire, const char *path)
{
	const char *from = strstr(wire_get_param(wire, "HTTP_REFERER"), "://");
	const char *host = wire_get_param(wire, "HTTP_HOST");
	const size_t path_len = strlen(path);
	size_t len;

	if (from == NULL || *host == '\0' || (from = skip(from + 3, host)) == NULL || *from != '/')
		return false;
	len = strcspn(from, "?#");
	if (len > 1 && from[len - 1] == '/')
		len--;
	return len >= path_len && memcmp(from + len - path_len, path, path_len) == 0;
}
