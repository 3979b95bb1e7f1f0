/* guard: decides about a browser's request to a guarded page. */
#include "http/guard.h"

#include <string.h>

#include "account/browser.h"
#include "base/secret.h"
#include "http/navigation.h"
#include "http/session_cookie.h"

/* Apache does not tell an authorizer of Upgrade. No page can set the rest of a handshake. */
static bool
is_websocket(const struct wire *wire)
{
	return strcasestr(wire_get_param(wire, "HTTP_UPGRADE"), "websocket") != NULL ||
	    *wire_get_param(wire, "HTTP_SEC_WEBSOCKET_KEY") != '\0' ||
	    *wire_get_param(wire, "HTTP_SEC_WEBSOCKET_VERSION") != '\0';
}

/* A WebSocket is asked for by GET, and opens the way for everything. */
static bool
may_change_something(const struct wire *wire)
{
	if (is_websocket(wire))
		return true;
	return !navigation_only_reads(wire) && strcmp(navigation_method(wire), "OPTIONS") != 0;
}

/* Whether a request counts against the session's being left alone (protocol section 21.7). */
static enum browser_use
use_of(const struct config *config, const struct wire *wire)
{
	const char *mode = wire_get_param(wire, "HTTP_SEC_FETCH_MODE");

	if (config->session_activity == SESSION_ACTIVITY_ANY || !navigation_only_reads(wire) ||
	    strcmp(mode, "navigate") == 0 || navigation_is_persons(wire))
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
	enum err err;

	*identity = (struct identity){0};
	if (context->service->db == NULL || !config->signin ||
	    !session_cookie_find(wire, config, cookie))
		return ERR_NO_TOKEN;
	err = identity_of_browser(context, cookie, use_of(config, wire), &demands->requirements,
	    identity);
	secret_wipe(cookie, sizeof(cookie));
	if (err != ERR_OK || demands->allows_cross_site || !may_change_something(wire) ||
	    navigation_is_same_origin(wire, ""))
		return err;
	return ERR_CROSS_SITE;
}
