/* guard_refuse: tells a web server what to do with a request that may not pass. */
#include "http/guard.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "http/bearer.h"
#include "http/cookie.h"
#include "http/navigation.h"
#include "http/page.h"
#include "http/return_address.h"

enum {
	ORIGIN_SIZE = 512,
	ADDRESS_SIZE = RETURN_ADDRESS_LEN_MAX + ORIGIN_SIZE,
};

/* Writes scheme and host of the request; "" where they are no part of a URL. */
static void
write_origin(const struct wire *wire, char origin[ORIGIN_SIZE])
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:[]";
	int count, len;
	const char *host = wire_find_param(wire, "HTTP_HOST", &count);

	origin[0] = '\0';
	if (count != 1 || *host == '\0' || host[strspn(host, allowed)] != '\0')
		return;
	len = snprintf(origin, ORIGIN_SIZE, "%s://%s", navigation_scheme(wire), host);
	if (len < 0 || len >= ORIGIN_SIZE)
		origin[0] = '\0';
}

/*
 * Writes the address to lead back to; "" where there is none that the page to sign in would take
 * (protocol section 23.4). A page on another host has to know whence the person came.
 */
static void
write_return(const struct wire *wire, const char *signin, char address[ADDRESS_SIZE])
{
	const char *uri = wire_get_param(wire, "REQUEST_URI");

	address[0] = '\0';
	if (!return_address_is_allowed(uri, ""))
		return;
	if (*signin != '/') {
		write_origin(wire, address);
		if (address[0] == '\0')
			return;
	}
	strncat(address, uri, RETURN_ADDRESS_LEN_MAX);
}

/* An address in the making: what comes next begins with a question mark, or else with "&". */
struct address {
	char text[REPLY_HEADERS_SIZE];
	size_t len;
};

/* Appends a parameter of the query; returns false, and appends nothing, where it does not fit. */
static bool
append(struct address *address, const char *name, const char *value)
{
	const size_t before = address->len, room = sizeof(address->text);
	const char mark = strchr(address->text, '?') == NULL ? '?' : '&';
	const int len = snprintf(address->text + before, room - before, "%c%s=", mark, name);

	if (len > 0 && before + (size_t)len < room &&
	    text_encode_percent(value, "", address->text + before + len,
	    room - before - (size_t)len)) {
		address->len = strlen(address->text);
		return true;
	}
	address->text[before] = '\0';
	return false;
}

/*
 * Writes where a person is to sign in, and what that page is to know. It may find the browser
 * signed in where we do not: with two cookies, one of which is for some paths alone. It must not
 * lead back then.
 */
static void
write_signin(const struct context *context, const struct wire *wire,
    const struct gateway_demands *demands, enum err err, struct address *address)
{
	const struct config *config = context->service->config;
	char back[ADDRESS_SIZE], age[sizeof("-9223372036854775808")];

	address->len = (size_t)snprintf(address->text, sizeof(address->text), "%s",
	    demands->signin);
	write_return(wire, demands->signin, back);
	if (back[0] != '\0')
		(void)!append(address, "return", back);
	if (cookie_is_repeated(wire, cookie_name(config)))
		(void)!append(address, "cookie", "twice");
	snprintf(age, sizeof(age), "%ld", context->age_needed);
	if (err == ERR_STALE)
		(void)!append(address, "max_age", age);
}

/* Whether the page to sign in is guarded itself: whoever is led there would be led there. */
static bool
is_signin(const struct wire *wire, const char *signin)
{
	const char *path = wire_get_param(wire, "REQUEST_URI");
	const size_t len = strcspn(signin, "?");

	if (strncmp(path, signin, len) != 0 || (path[len] != '\0' && path[len] != '/' &&
	    path[len] != '?' && signin[len - 1] != '/'))
		return false;
	log_event(LEVEL_ERROR, "the page to sign in is guarded itself",
	    LOG_TEXT("SIGNIN", signin));
	return true;
}

static enum err
lead(const struct context *context, const struct request *request,
    const struct gateway_demands *demands, enum err err, struct reply *reply)
{
	struct address address;

	write_signin(context, request->wire, demands, err, &address);
	if (demands->redirects)
		return reply_redirect(reply, address.text);
	reply_fail(reply, context, err);
	return reply_header(reply, "X-Auth-Signin", address.text) ? ERR_OK : ERR_INTERNAL;
}

static bool
wants_authentication(enum err err)
{
	return err == ERR_NO_TOKEN || err == ERR_STALE;
}

/* Whether a person will see the answer, and not a script or an image: a page, or after a form. */
static bool
is_seen(const struct wire *wire)
{
	const char *mode;

	if (navigation_only_reads(wire))
		return navigation_is_persons(wire);
	mode = wire_get_param(wire, "HTTP_SEC_FETCH_MODE");
	return navigation_takes_html(wire) && (*mode == '\0' || strcmp(mode, "navigate") == 0);
}

/* Our other pages are where the one to sign in is. */
static enum err
show(const struct context *context, const struct request *request,
    const struct gateway_demands *demands, const struct identity *identity, enum err err,
    struct reply *reply)
{
	const bool is_lost = wants_authentication(err);
	const size_t len = strcspn(demands->signin, "?");
	const char *slash = memrchr(demands->signin, '/', len);
	char root[ADDRESS_SIZE], back[ADDRESS_SIZE];
	const struct page_value values[] = {
		{ .name = "root", .text = root },
		{ .name = "return", .text = back },
		{ .name = "username", .text = identity->username },
		{ .name = "reload", .text = is_lost ? "1" : "" },
		{ .name = is_lost ? "error" : NULL, .word = "ended_under_form" },
		{0},
	};

	snprintf(root, sizeof(root), "%.*s", (int)(slash - demands->signin + 1), demands->signin);
	write_return(request->wire, demands->signin, back);
	return page_refuse(reply, context, request, err, "error", values);
}

enum err
guard_refuse(const struct context *context, const struct request *request,
    const struct gateway_demands *demands, const struct identity *identity, enum err err,
    struct reply *reply)
{
	const struct wire *wire = request->wire;
	const char *jwt;

	if (*demands->signin == '\0' || !context->service->config->signin ||
	    bearer_of_header(request, &jwt) != ERR_NO_TOKEN || is_signin(wire, demands->signin))
		return err;
	if (wants_authentication(err) && navigation_is_persons(wire))
		return lead(context, request, demands, err, reply);
	if (demands->redirects && is_seen(wire))
		return show(context, request, demands, identity, err, reply);
	return err;
}
