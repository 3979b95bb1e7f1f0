/* guard: decides about a browser's request to a guarded page. */
#include "http/guard.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "account/browser.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/bearer.h"
#include "http/cookie.h"
#include "http/navigation.h"
#include "http/return_address.h"

enum {
	ORIGIN_SIZE = 512,
	RETURN_SIZE = 3 * (RETURN_ADDRESS_LEN_MAX + ORIGIN_SIZE) + 1,
};

static bool
is_param(const struct wire *wire, const char *name, const char *value)
{
	return strcasecmp(wire_get_param(wire, name), value) == 0;
}

static bool
only_reads(const struct wire *wire)
{
	const char *method = navigation_method(wire);

	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* A WebSocket is asked for by GET, and opens the way for everything. */
static bool
may_change_something(const struct wire *wire)
{
	if (strcasestr(wire_get_param(wire, "HTTP_UPGRADE"), "websocket") != NULL)
		return true;
	return !only_reads(wire) && strcmp(navigation_method(wire), "OPTIONS") != 0;
}

/* Whether a request counts against the session's being left alone (protocol section 21.7). */
static enum browser_use
use_of(const struct config *config, const struct wire *wire)
{
	if (config->session_activity == SESSION_ACTIVITY_ANY || !only_reads(wire) ||
	    is_param(wire, "HTTP_SEC_FETCH_MODE", "navigate") || navigation_is_persons(wire))
		return BROWSER_USE_NOTED;
	return BROWSER_USE_NOT_NOTED;
}

enum err
guard_identify(struct context *context, const struct request *request,
    const struct gateway_demands *demands, struct identity *identity)
{
	const struct config *config = context->service->config;
	const struct wire *wire = request->wire;
	char cookie[BROWSER_COOKIE_SIZE];	/* secret */
	enum err err = ERR_NO_TOKEN;

	if (context->service->db == NULL || !config->signin ||
	    !cookie_find(wire, cookie_name(config), cookie, sizeof(cookie)))
		return ERR_NO_TOKEN;
	err = identity_of_browser(context, cookie, use_of(config, wire), &demands->requirements,
	    identity);
	secret_wipe(cookie, sizeof(cookie));
	if (err != ERR_OK || demands->allows_cross_site || !may_change_something(wire) ||
	    navigation_is_same_origin(wire, ""))
		return err;
	identity_clear(identity);
	return ERR_CROSS_SITE;
}

/* Writes scheme and host of the request; "" where they are no part of a URL. */
static void
write_origin(const struct wire *wire, char origin[ORIGIN_SIZE])
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]";
	const bool is_https = is_param(wire, "REQUEST_SCHEME", "https") ||
	    is_param(wire, "HTTPS", "on") || is_param(wire, "HTTPS", "1");
	int count, len;
	const char *host = wire_find_param(wire, "HTTP_HOST", &count);

	origin[0] = '\0';
	if (count != 1 || *host == '\0' || host[strspn(host, allowed)] != '\0')
		return;
	len = snprintf(origin, ORIGIN_SIZE, "%s://%s", is_https ? "https" : "http", host);
	if (len < 0 || len >= ORIGIN_SIZE)
		origin[0] = '\0';
}

/* Whether a path is that of the page where people sign in, or below it. */
static bool
is_below(const char *path, const char *signin)
{
	const size_t len = strcspn(signin, "?");

	return strncmp(path, signin, len) == 0 && (path[len] == '\0' || path[len] == '/' ||
	    path[len] == '?' || signin[len - 1] == '/');
}

/*
 * Writes the address to lead back to, percent-encoded as a whole; "" where there is none that the
 * page would take (protocol section 23.4).
 */
static void
write_return(const struct wire *wire, const char *signin, char encoded[RETURN_SIZE])
{
	const char *uri = wire_get_param(wire, "REQUEST_URI");
	char address[RETURN_ADDRESS_LEN_MAX + ORIGIN_SIZE + 1] = "";

	encoded[0] = '\0';
	if (!return_address_is_allowed(uri, ""))
		return;
	/* A page on another host has to know whence it came. */
	if (*signin != '/') {
		write_origin(wire, address);
		if (address[0] == '\0')
			return;
	}
	strncat(address, uri, RETURN_ADDRESS_LEN_MAX);
	(void)text_encode_percent(address, "", encoded, RETURN_SIZE);
}

/* Writes the address where a person is to sign in, and what is asked of that page. */
static bool
write_signin(const struct context *context, const struct wire *wire,
    const struct gateway_demands *demands, enum err err, char address[REPLY_HEADERS_SIZE])
{
	char encoded[RETURN_SIZE], age[sizeof("&max_age=-9223372036854775808")] = "";
	const char *mark = strchr(demands->signin, '?') == NULL ? "?" : "&";
	int len;

	if (is_below(wire_get_param(wire, "REQUEST_URI"), demands->signin)) {
		log_event(LEVEL_ERROR, "the page to sign in is guarded itself",
		    LOG_TEXT("SIGNIN", demands->signin));
		return false;
	}
	write_return(wire, demands->signin, encoded);
	if (err == ERR_STALE)
		snprintf(age, sizeof(age), "%smax_age=%ld", encoded[0] == '\0' ? mark : "&",
		    context->age_needed);
	len = snprintf(address, REPLY_HEADERS_SIZE, "%s%s%s%s%s", demands->signin,
	    encoded[0] == '\0' ? "" : mark, encoded[0] == '\0' ? "" : "return=", encoded, age);
	return len > 0 && len < REPLY_HEADERS_SIZE;
}

/* Whether a person waits who can do something about it. */
static bool
leads_to_signin(const struct context *context, const struct request *request,
    const struct gateway_demands *demands, enum err err)
{
	const char *jwt;

	return (err == ERR_NO_TOKEN || err == ERR_STALE) && *demands->signin != '\0' &&
	    context->service->config->signin && navigation_is_persons(request->wire) &&
	    bearer_of_header(request, &jwt) == ERR_NO_TOKEN;
}

enum err
guard_refuse(struct context *context, const struct request *request,
    const struct gateway_demands *demands, enum err err, struct reply *reply)
{
	char address[REPLY_HEADERS_SIZE];

	if (!leads_to_signin(context, request, demands, err) ||
	    !write_signin(context, request->wire, demands, err, address))
		return err;
	if (demands->redirects)
		return reply_redirect(reply, address);
	reply_fail(reply, context, err);
	return reply_header(reply, "X-Auth-Signin", address) ? ERR_OK : err;
}
