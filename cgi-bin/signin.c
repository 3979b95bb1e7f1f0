/* signin: signs people's browsers in and out. */
#include "account/browser.h"
#include "account/register.h"
#include "account/sign_in.h"
#include "http/error_document.h"
#include "http/page.h"
#include "http/session_cookie.h"
#include "http/signin_reply.h"
#include "http/signin_request.h"
#include "serve/responder.h"

/* The order of these checks can be observed: protocol section 23.2. */
static enum err
sign_in_browser(struct context *context, const struct request *request,
    const struct signin_request *asked, struct reply *reply)
{
	struct user *user = NULL;	/* owned */
	enum err err;

	if ((err = signin_request_check_form(context, request, asked)) != ERR_OK)
		return err;
	if ((err = sign_in(context, &asked->credentials, &user)) != ERR_OK)
		return err;
	err = signin_reply_session(context, user, asked, reply);
	user_free(user);
	return err;
}

static bool
is_recent(const struct context *context, const struct browser *browser, long age_max)
{
	return age_max < 0 || context->now - browser->session->auth_at <= age_max;
}

/* Who is signed in well enough is led on, or told so where there is nowhere to go. */
static enum err
visit_signin(struct context *context, const struct request *request,
    const struct signin_request *asked, struct reply *reply)
{
	struct browser browser;		/* owned */
	enum err err = browser_find(context, asked->cookie, BROWSER_USE_NOTED, &browser);

	if (err != ERR_OK)
		return err;
	if (browser.user == NULL || asked->wants_other || asked->is_ambiguous ||
	    !is_recent(context, &browser, asked->age_max))
		err = signin_reply_form(context, request, asked, "signin", reply);
	else if (asked->return_address != NULL)
		err = signin_reply_back(context, request, asked, browser.user, reply);
	else
		err = signin_reply_page(context, request, asked, "signed_in", browser.user, reply);
	browser_clear(&browser);
	return err;
}

static enum err
answer_signin(struct context *context, const struct request *request, struct reply *reply)
{
	struct signin_request asked;	/* owned, secret */
	enum err err;

	if (wire_is_error_document(request->wire))
		return error_document_answer(context, request, reply);
	err = signin_request_read(context->service->config, request, &asked);
	if (err == ERR_OK && request->method != METHOD_POST)
		err = visit_signin(context, request, &asked, reply);
	else if (err == ERR_OK &&
	    (err = sign_in_browser(context, request, &asked, reply)) != ERR_OK)
		err = signin_reply_refusal(context, request, &asked, "signin", err, reply);
	signin_request_clear(&asked);
	return err;
}

static enum err
register_browser(struct context *context, const struct request *request,
    const struct signin_request *asked, struct reply *reply)
{
	struct user *user = NULL;	/* owned */
	enum err err;

	if ((err = signin_request_check_form(context, request, asked)) != ERR_OK)
		return err;
	if ((err = register_user(context, &asked->credentials, NULL, &user)) != ERR_OK)
		return err;
	err = signin_reply_session(context, user, asked, reply);
	user_free(user);
	return err;
}

static enum err
answer_register(struct context *context, const struct request *request, struct reply *reply)
{
	const enum registration registration = context->service->config->registration;
	struct signin_request asked;	/* owned, secret */
	enum err err = signin_request_read(context->service->config, request, &asked);

	if (err == ERR_OK && registration != REGISTRATION_OPEN)
		err = registration == REGISTRATION_INVITE
		    ? ERR_INVITATION_ONLY : ERR_REGISTRATION_CLOSED;
	else if (err == ERR_OK && request->method != METHOD_POST)
		err = signin_reply_form(context, request, &asked, "register", reply);
	else if (err == ERR_OK &&
	    (err = register_browser(context, request, &asked, reply)) != ERR_OK)
		err = signin_reply_refusal(context, request, &asked, "register", err, reply);
	signin_request_clear(&asked);
	return err;
}

/* The answer is the same where nobody was signed in. */
static enum err
sign_out(struct context *context, const struct request *request,
    const struct signin_request *asked, struct reply *reply)
{
	enum err err = signin_request_check_origin(context, request);

	if (err == ERR_OK && asked->is_everywhere)
		err = browser_end_all(context, asked->cookie);
	else if (err == ERR_OK)
		err = browser_end(context, asked->cookie);
	if (err != ERR_OK)
		return err;
	if ((err = session_cookie_delete(reply)) != ERR_OK)
		return err;
	/* What the browser has kept of guarded pages goes, too. */
	if (!reply_header(reply, "Clear-Site-Data", "\"cache\""))
		return ERR_INTERNAL;
	return signin_reply_on(asked, reply);
}

/* A link or an image signs nobody out: it only gets the page with the button. */
static enum err
visit_signout(struct context *context, const struct request *request,
    const struct signin_request *asked, struct reply *reply)
{
	struct browser browser;		/* owned */
	enum err err = browser_find(context, asked->cookie, BROWSER_USE_NOTED, &browser);

	if (err == ERR_OK)
		err = signin_reply_page(context, request, asked, "signout", browser.user, reply);
	browser_clear(&browser);
	return err;
}

static enum err
answer_signout(struct context *context, const struct request *request, struct reply *reply)
{
	struct signin_request asked;	/* owned, secret */
	enum err err = signin_request_read(context->service->config, request, &asked);

	if (err == ERR_OK && request->method == METHOD_POST)
		err = sign_out(context, request, &asked, reply);
	else if (err == ERR_OK)
		err = visit_signout(context, request, &asked, reply);
	signin_request_clear(&asked);
	return err;
}

enum {
	READ = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS,
	FORM = READ | METHOD_POST,
};

static const struct endpoint endpoints[] = {
	{ "/signin", FORM, MEDIA_FORM, FAMILY_PAGE, CORS_NEVER, answer_signin },
	{ "/signin/register", FORM, MEDIA_FORM, FAMILY_PAGE, CORS_NEVER, answer_register },
	{ "/signout", FORM, MEDIA_FORM, FAMILY_PAGE, CORS_NEVER, answer_signout },
	{ "/signin/style.css", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_style },
	{ "/signin/page.js", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_script },
	{ "/signin/mark.svg", READ, MEDIA_NONE, FAMILY_PAGE, CORS_NEVER, page_mark },
	{0},
};

static const struct resource *const resources[] = {
	&resource_courier, &resource_browsers, &resource_heartbeat, &resource_database_writing,
	&resource_hashing, &resource_attempts, &resource_seen, &resource_pages,
	&resource_counters, NULL
};

static const struct pool signin = {
	.name = "signin",
	.purpose = "signs people's browsers in and out",
	.endpoints = endpoints,
	.resources = resources,
};

int
main(int argc, char **argv)
{
	return responder_run(argc, argv, &signin);
}
