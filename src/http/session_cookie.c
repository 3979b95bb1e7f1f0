/* session_cookie: the cookie of a signed-in browser, and one that shows whether it is kept. */
#include "http/session_cookie.h"

#include <stdio.h>

#include "http/cookie.h"

#define PROBE "1"

enum { NAME_SIZE = 64 };

static const char *
probe_name(const struct config *config, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s-kept", cookie_name(config));
	return name;
}

bool
session_cookie_find(const struct wire *wire, const struct config *config,
    char cookie[BROWSER_COOKIE_SIZE])
{
	return cookie_find(wire, cookie_name(config), cookie, BROWSER_COOKIE_SIZE);
}

static enum err
set(struct reply *reply, const char *name, const char *value, long max_age)
{
	const struct cookie cookie = {
		.name = name, .value = value, .max_age = max_age,
		.is_insecure = reply->config->insecure_cookie,
	};

	return reply_cookie(reply, &cookie);
}

enum err
session_cookie_set(struct reply *reply, const char *cookie, long max_age)
{
	return set(reply, cookie_name(reply->config), cookie, max_age);
}

enum err
session_cookie_delete(struct reply *reply)
{
	return set(reply, cookie_name(reply->config), "", 0);
}

bool
session_cookie_was_kept(const struct wire *wire, const struct config *config)
{
	char name[NAME_SIZE], value[sizeof(PROBE)];

	return cookie_find(wire, probe_name(config, name), value, sizeof(value));
}

enum err
session_cookie_probe(struct reply *reply)
{
	char name[NAME_SIZE];

	return set(reply, probe_name(reply->config, name), PROBE, 0);
}
