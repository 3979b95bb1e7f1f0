/* plain_http: whether browsers can be signed in at the address of the settings. */
#include "config/plain_http.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static bool
ends_with(const char *host, size_t len, const char *end)
{
	const size_t end_len = strlen(end);

	return len >= end_len && strncasecmp(host + len - end_len, end, end_len) == 0;
}

static bool
is_equal(const char *host, size_t len, const char *name)
{
	return len == strlen(name) && ends_with(host, len, name);
}

/* The hosts that browsers trust on plain http: what is sent there leaves no machine. */
static bool
is_loopback(const char *host)
{
	const size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");

	return strncmp(host, "127.", 4) == 0 || is_equal(host, len, "[::1]") ||
	    is_equal(host, len, "localhost") || ends_with(host, len, ".localhost");
}

const char *
plain_http_find_fault(const struct config *config)
{
	static const char scheme[] = "http://";

	if (!config->signin || config->insecure_cookie ||
	    strncasecmp(config->issuer, scheme, sizeof(scheme) - 1) != 0 ||
	    is_loopback(config->issuer + sizeof(scheme) - 1))
		return NULL;
	return "issuer is a plain http address, where browsers drop the cookie that signs them "
	       "in; use https, and set issuer to it, or set insecure_cookie = yes in a network "
	       "where you trust everybody, or signin = no";
}

const char *
plain_http_find_risk(const struct config *config)
{
	if (!config->signin || !config->insecure_cookie)
		return NULL;
	return "insecure_cookie is yes: whoever sees what a browser sends over plain http can act "
	       "as the person who is signed in there";
}
