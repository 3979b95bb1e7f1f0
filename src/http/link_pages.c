/* link_pages: links that set a password, in a browser. */
#include "http/link_pages.h"

#include <stdio.h>

#include "account/browser.h"
#include "account/link.h"
#include "base/secret.h"
#include "http/navigation.h"
#include "http/page.h"
#include "http/page_root.h"
#include "http/session_cookie.h"

/* ---- Who has a link */

static enum err
reply_over(struct context *context, const struct request *request, struct reply *reply)
{
	static const struct page_value none = {0};

	return page_refuse(reply, context, request, ERR_LINK, "link_over", &none);
}

/* Makes the reply the form of a link, if it is still good; refused is why, or ERR_OK. */
static enum err
reply_form(struct context *context, const struct request *request, const char *token,
    enum err refused, struct reply *reply)
{
	struct user *user = NULL;	/* owned */
	enum link_kind kind;
	enum err err = link_find(context, token, &user, &kind);
	const struct page_value values[] = {
		{ .name = "token", .text = token },
		{ .name = "username", .text = user != NULL ? user->username : NULL },
		{ .name = "is_invited", .text = kind == LINK_INVITATION ? "1" : "" },
		{0},
	};

	if (err == ERR_LINK)
		err = reply_over(context, request, reply);
	else if (err == ERR_OK && refused == ERR_OK)
		err = page_reply(reply, context, request, 200, "link", values);
	else if (err == ERR_OK)
		err = page_refuse(reply, context, request, refused, "link", values);
	user_free(user);
	return err;
}

/*
 * Signs the browser in and leads it on. Where that fails, the new password is set all the same:
 * then it is led to where the person signs in with it.
 */
static enum err
reply_session(struct context *context, const struct request *request, const struct user *user,
    struct reply *reply)
{
	const struct config *config = context->service->config;
	char old[BROWSER_COOKIE_SIZE], cookie[BROWSER_COOKIE_SIZE];	/* secret */
	char root[PAGE_ROOT_SIZE], signin[PAGE_ROOT_SIZE + sizeof("signin")];
	long max_age;
	enum err err;

	(void)session_cookie_find(request->wire, config, old);
	err = browser_begin(context, user, false, old, cookie, &max_age);
	if (err == ERR_OK)
		err = session_cookie_set(reply, cookie, max_age);
	secret_wipe(old, sizeof(old));
	secret_wipe(cookie, sizeof(cookie));
	if (err == ERR_OK)
		return reply_redirect(reply, config->home);
	page_root_find(request->wire, root);
	snprintf(signin, sizeof(signin), "%ssignin", root);
	return reply_redirect(reply, signin);
}

static enum err
set_password(struct context *context, const struct request *request, const char *token,
    struct reply *reply)
{
	const char *password = form_find(&request->form, "password");
	struct user *user = NULL;	/* owned */
	enum err err = ERR_MISSING;

	if (password == NULL)
		(void)faults_add(&context->faults, "missing", "password", "Field required");
	else
		err = link_use(context, token, password, &user);
	if (err == ERR_OK)
		err = reply_session(context, request, user, reply);
	user_free(user);
	return err;
}

/* ---- Who asks for one */

static enum err
reply_asking(struct context *context, const struct request *request, const char *username,
    enum err refused, struct reply *reply)
{
	const struct page_value values[] = { { .name = "username", .text = username }, {0} };

	if (refused == ERR_OK)
		return page_reply(reply, context, request, 200, "forgotten", values);
	return page_refuse(reply, context, request, refused, "forgotten", values);
}

/* What was typed is not in the page, so that it is the same for all. */
static enum err
ask(struct context *context, const struct request *request, const char *username,
    struct reply *reply)
{
	static const struct page_value none = {0};
	enum err err = ERR_MISSING;

	if (username == NULL)
		(void)faults_add(&context->faults, "missing", "username", "Field required");
	else
		err = link_ask(context, username);
	return err == ERR_OK ? page_reply(reply, context, request, 202, "link_sent", &none) : err;
}

/* ---- All of it */

/* A defect is not for a form to tell. */
static bool
is_defect(enum err err)
{
	return err == ERR_INTERNAL || err == ERR_MEMORY;
}

static enum err
answer_token(struct context *context, const struct request *request, const char *token,
    struct reply *reply)
{
	enum err err;

	if (request->method != METHOD_POST)
		return reply_form(context, request, token, ERR_OK, reply);
	err = navigation_is_same_origin(request->wire, context->service->config->issuer)
	    ? set_password(context, request, token, reply) : ERR_CROSS_SITE;
	if (err == ERR_OK || is_defect(err))
		return err;
	return reply_form(context, request, token, err, reply);
}

static enum err
answer_asking(struct context *context, const struct request *request, struct reply *reply)
{
	const char *username = form_find(&request->form, "username");
	enum err err;

	if (*context->service->config->notify == '\0')
		return ERR_NOT_FOUND;
	if (request->method != METHOD_POST)
		return reply_asking(context, request, NULL, ERR_OK, reply);
	err = navigation_is_same_origin(request->wire, context->service->config->issuer)
	    ? ask(context, request, username, reply) : ERR_CROSS_SITE;
	if (err == ERR_OK || is_defect(err))
		return err;
	return reply_asking(context, request, username, err, reply);
}

enum err
link_pages_answer(struct context *context, const struct request *request, struct reply *reply)
{
	static const char *const secrets[] = { "password", NULL };
	char *found = NULL;		/* owned, secret */
	const char *token = NULL;
	enum err err;

	if (!context->service->config->signin)
		return ERR_NOT_FOUND;
	/* No Referer tells the token, not even to ourselves, since web servers log it. */
	reply->referrer = "strict-origin";
	if ((err = request_check_query(request, secrets)) != ERR_OK)
		return err;
	if (request->method == METHOD_POST)
		token = form_find(&request->form, "token");
	else if ((err = wire_query_find(request->wire, "token", &found)) == ERR_OK)
		token = found;
	if (err == ERR_OK)
		err = token != NULL ? answer_token(context, request, token, reply)
		    : answer_asking(context, request, reply);
	secret_free(found);
	return err;
}
