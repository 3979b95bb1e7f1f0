/* account_page: what is the same for all pages of somebody's own account. */
#include "http/account_page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "config/public_url.h"
#include "http/cookie.h"
#include "http/navigation.h"
#include "http/page.h"
#include "http/page_root.h"
#include "http/return_address.h"
#include "http/session_cookie.h"

enum {
	ADDRESS_SIZE = RETURN_ADDRESS_LEN_MAX + 2,	/* one too long is seen to be */
	ENCODED_SIZE = 3 * ADDRESS_SIZE,
	TO_SIZE = ENCODED_SIZE + 64,		/* an address of ours, without its root */
};

/* ---- Where the pages are */

/*
 * Writes the address of this page, to be led back to, without its query; "" where it is none that
 * may be followed. A proxy that takes a prefix away is not seen here; the settings may know of it.
 */
static void
write_return(const struct context *context, const struct wire *wire, char address[ADDRESS_SIZE])
{
	const char *url = public_url_get(context->service->config), *host, *prefix = NULL;
	const char *path = wire_get_param(wire, "REQUEST_URI");

	if (*path == '\0')
		path = wire_get_param(wire, "SCRIPT_NAME");
	if (url != NULL && (host = strstr(url, "://")) != NULL)
		prefix = strchr(host + strlen("://"), '/');
	if (prefix == NULL || strncmp(path, "/account", strlen("/account")) != 0)
		prefix = "";
	snprintf(address, ADDRESS_SIZE, "%s%.*s", prefix, (int)strcspn(path, "?"), path);
	if (!return_address_is_allowed(address, ""))
		address[0] = '\0';
}

static enum err
go(const struct request *request, const char *to, struct reply *reply)
{
	char root[PAGE_ROOT_SIZE], location[PAGE_ROOT_SIZE + TO_SIZE];

	page_root_find(request->wire, root);
	snprintf(location, sizeof(location), "%s%s", root, to);
	return reply_redirect(reply, location);
}

/* ---- What was done */

/*
 * The words for it are few and fixed: whoever writes a link to a page must not be able to write
 * what it says. The last three say it to nobody who is signed in.
 */
static const struct done {
	const char *name, *word;
	bool is_left;
} dones[] = {
	{ "profile", "done_profile", false },
	{ "password", "done_password", false },
	{ "session", "done_session", false },
	{ "others", "done_others", false },
	{ "out", "title_account_left", true },
	{ "everywhere", "left_everywhere", true },
	{ "deleted", "left_deleted", true },
};

/* Finds what the query says was done; *done is NULL for nothing that is known. */
static enum err
find_done(const struct wire *wire, const struct done **done)
{
	char *name = NULL;	/* owned */
	const enum err err = wire_query_find(wire, "done", &name);

	*done = NULL;
	for (size_t i = 0; name != NULL && i < sizeof(dones) / sizeof(dones[0]); i++)
		if (strcmp(dones[i].name, name) == 0)
			*done = &dones[i];
	free(name);
	return err;
}

enum err
account_page_done(const struct request *request, const char *page, const char *done,
    struct reply *reply)
{
	char to[TO_SIZE];

	snprintf(to, sizeof(to), "%s?done=%s", page, done);
	return go(request, to, reply);
}

enum err
account_page_left(const struct request *request, const char *page, const char *done,
    struct reply *reply)
{
	const enum err err = session_cookie_delete(reply);

	if (err != ERR_OK)
		return err;
	if (!reply_header(reply, "Clear-Site-Data", "\"cache\""))
		return ERR_INTERNAL;
	return account_page_done(request, page, done, reply);
}

/* ---- Who is not signed in */

static enum err
lead_to_signin(const struct context *context, const struct request *request, struct reply *reply)
{
	const char *twice = cookie_is_repeated(request->wire,
	    cookie_name(context->service->config)) ? "&cookie=twice" : "";
	char address[ADDRESS_SIZE], encoded[ENCODED_SIZE], to[TO_SIZE];

	write_return(context, request->wire, address);
	if (!text_encode_percent(address, "", encoded, sizeof(encoded)))
		return ERR_INTERNAL;
	snprintf(to, sizeof(to), "signin?return=%s%s", encoded, twice);
	return go(request, to, reply);
}

/* A reload sends the form once more, when somebody is signed in again. */
static enum err
keep_form(const struct context *context, const struct request *request, struct reply *reply)
{
	static const struct page_value values[] = {
		{ .name = "reload", .text = "1" },
		{ .name = "error", .word = "ended_under_form" },
		{0},
	};

	return page_refuse(reply, context, request, ERR_NO_TOKEN, "error", values);
}

static enum err
receive_stranger(const struct context *context, const struct request *request,
    struct reply *reply)
{
	const struct done *done;
	enum err err;

	if (request->method == METHOD_POST)
		return keep_form(context, request, reply);
	if ((err = find_done(request->wire, &done)) != ERR_OK)
		return err;
	if (done == NULL || !done->is_left)
		return lead_to_signin(context, request, reply);
	return page_reply(reply, context, request, 200, "account_left",
	    (const struct page_value[]){ { .name = "title", .word = done->word }, {0} });
}

/* ---- Who is */

static enum err
begin_visit(struct context *context, const struct request *request, struct account_visit *visit)
{
	static const char *const secrets[] = {
		"password", "new_password", "current_password", NULL };
	const struct config *config = context->service->config;
	const struct done *done;
	enum err err;

	*visit = (struct account_visit){0};
	if (!config->signin)
		return ERR_NOT_FOUND;
	if ((err = request_check_query(request, secrets)) != ERR_OK ||
	    (err = find_done(request->wire, &done)) != ERR_OK)
		return err;
	visit->done = done == NULL || done->is_left ? NULL : done->word;
	(void)session_cookie_find(request->wire, config, visit->cookie);
	return browser_find(context, visit->cookie, BROWSER_USE_NOTED, &visit->browser);
}

static void
end_visit(struct account_visit *visit)
{
	browser_clear(&visit->browser);
	secret_wipe(visit->cookie, sizeof(visit->cookie));
}

/* The session has ended while the form was on its way. */
static bool
has_ended(enum err err)
{
	return err == ERR_TOKEN || err == ERR_CREDENTIALS || err == ERR_NO_USER;
}

/* Does what a form asks for, and says on its page why that is refused. */
static enum err
take_form(struct context *context, const struct request *request,
    const struct account_page *page, struct account_visit *visit, struct reply *reply)
{
	enum err err = ERR_CROSS_SITE;

	if (navigation_is_same_origin(request->wire, context->service->config->issuer))
		err = visit->browser.user == NULL ? ERR_TOKEN
		    : page->change(context, request, visit, reply);
	else if (visit->browser.user == NULL)
		return ERR_CROSS_SITE;
	if (err == ERR_OK)
		return ERR_OK;
	if (has_ended(err))
		return keep_form(context, request, reply);
	visit->refused = err;
	return page->show(context, request, visit, reply);
}

enum err
account_page_answer(struct context *context, const struct request *request,
    const struct account_page *page, struct reply *reply)
{
	struct account_visit visit;	/* owned, secret */
	enum err err = begin_visit(context, request, &visit);

	if (err == ERR_OK && request->method == METHOD_POST)
		err = take_form(context, request, page, &visit, reply);
	else if (err == ERR_OK && visit.browser.user == NULL)
		err = receive_stranger(context, request, reply);
	else if (err == ERR_OK)
		err = page->show(context, request, &visit, reply);
	end_visit(&visit);
	return err;
}

enum err
account_page_put(const struct context *context, const struct request *request,
    const struct account_visit *visit, const char *name, const struct page_value *values,
    struct reply *reply)
{
	struct page_value all[PAGE_VALUES_MAX + 1] = {
		{ .name = "wide", .text = "1" },
		{ .name = "username", .text = visit->browser.user->username },
		{ .name = "done", .word = visit->done },
	};
	size_t count = 3;

	for (; values->name != NULL && count < PAGE_VALUES_MAX; values++)
		all[count++] = *values;
	if (visit->refused == ERR_OK)
		return page_reply(reply, context, request, 200, name, all);
	if (visit->refused == ERR_INTERNAL || visit->refused == ERR_MEMORY)
		return visit->refused;
	return page_refuse(reply, context, request, visit->refused, name, all);
}

const char *
account_page_typed(const struct request *request, const struct account_visit *visit,
    const char *field, const char *was)
{
	/* What another site has filled in is not shown as if it had been typed here. */
	if (visit->refused == ERR_OK || visit->refused == ERR_CROSS_SITE)
		return was;
	return form_find(&request->form, field);
}
