/* cors: lets pages of other origins read our answers. */
#include "http/cors.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "text/origins.h"

/* Headers that a page may read beside those that any page may. */
#define EXPOSED "WWW-Authenticate, Retry-After"
/* Headers that a page may send beside those that any page may. */
#define ACCEPTED "Authorization, Content-Type"
/* How long a browser may remember the answer to a preflight, in seconds. */
#define REMEMBERED "600"

/* The origin to allow, as the setting spells it; NULL: none. */
static const char *
find_allowed(const char *allowed, const struct wire *wire, size_t *len)
{
	int count;
	const char *origin = wire_find_param(wire, "HTTP_ORIGIN", &count);

	if (origins_are_any(allowed)) {
		*len = 1;
		return allowed;
	}
	return count == 1 ? origins_find(allowed, origin, len) : NULL;
}

static bool
is_preflight(const struct wire *wire)
{
	int count;

	return strcmp(wire_get_param(wire, "REQUEST_METHOD"), "OPTIONS") == 0 &&
	    wire_find_param(wire, "HTTP_ACCESS_CONTROL_REQUEST_METHOD", &count) != NULL;
}

void
cors_add(struct reply *reply, const struct wire *wire, unsigned methods)
{
	const char *allowed = reply->config->allowed_origins;
	char list[METHOD_LIST_SIZE];
	const char *origin;
	size_t len;

	if (*allowed == '\0')
		return;
	/* A cache must not give to one origin what another was told. */
	if (!origins_are_any(allowed))
		(void)reply_header(reply, "Vary", "Origin");
	if ((origin = find_allowed(allowed, wire, &len)) == NULL)
		return;
	(void)reply_header_line(reply, "Access-Control-Allow-Origin: %.*s\r\n", (int)len, origin);
	(void)reply_header(reply, "Access-Control-Expose-Headers", EXPOSED);
	if (!is_preflight(wire))
		return;
	method_list(methods, list);
	(void)reply_header(reply, "Access-Control-Allow-Methods", list);
	(void)reply_header(reply, "Access-Control-Allow-Headers", ACCEPTED);
	(void)reply_header(reply, "Access-Control-Max-Age", REMEMBERED);
}
