/* session_cookie: the cookie of a signed-in browser, and one that shows whether it is kept. */
#include "http/session_cookie.h"

#include <stdio.h>

#include "http/cookie.h"

#define PROBE "1"

enum { NAME_SIZE = 64, LED_SECONDS = 10 };

static const char *
name_with(const struct config *config, const char *end, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s%s", cookie_name(config), end);
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

	return cookie_find(wire, name_with(config, "-kept", name), value, sizeof(value));
}

enum err
session_cookie_probe(struct reply *reply)
{
	char name[NAME_SIZE];

	return set(reply, name_with(reply->config, "-kept", name), PROBE, 0);
}

int
session_cookie_count_led(const struct wire *wire, const struct config *config)
{
	char name[NAME_SIZE], value[sizeof("1")];

	if (!cookie_find(wire, name_with(config, "-led", name), value, sizeof(value)))
		return 0;
	return value[0] >= '1' && value[0] <= '0' + SESSION_COOKIE_LED_MAX ? value[0] - '0' : 0;
}

enum err
session_cookie_note_led(struct reply *reply, int count)
{
	char name[NAME_SIZE];
	const char value[] = { (char)('0' + count), '\0' };

	return set(reply, name_with(reply->config, "-led", name), value, LED_SECONDS);
}
