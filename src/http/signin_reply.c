/* signin_reply: what a browser is answered at /signin and /signout. */
#include "http/signin_reply.h"

#include <stdbool.h>

#include "base/log.h"
#include "base/secret.h"
#include "http/navigation.h"
#include "http/page.h"
#include "http/session_cookie.h"

enum { VALUES = 4 };

static void
fill(const struct signin_request *asked, const char *username, struct page_value values[VALUES])
{
	values[0] = (struct page_value){ .name = "return", .text = asked->return_address };
	values[1] = (struct page_value){ .name = "username", .text = username };
	values[2] = (struct page_value){
		.name = "remember", .text = asked->is_remembered ? "yes" : "" };
	values[3] = (struct page_value){0};
}

enum err
signin_reply_page(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, const struct user *user,
    struct reply *reply)
{
	struct page_value values[VALUES];

	fill(asked, user == NULL ? NULL : user->username, values);
	return page_reply(reply, context, request, 200, page, values);
}

enum err
signin_reply_refusal(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, enum err refused, struct reply *reply)
{
	struct page_value values[VALUES];

	if (refused == ERR_INTERNAL || refused == ERR_MEMORY)
		return refused;
	fill(asked, asked->credentials.username, values);
	return page_refuse(reply, context, request, refused, page, values);
}

/*
 * Our form led it on, and it was led back without a cookie, which the Referer shows. A first visit
 * does not come from there; and who reloads a page after signing out sends the cookie that the
 * form has set. Another program of the host may have set one of the same name for the address that
 * it came from.
 */
static bool
has_lost_cookie(const struct context *context, const struct request *request,
    const struct signin_request *asked)
{
	if (asked->is_ambiguous)
		return true;
	return asked->return_address != NULL && asked->cookie[0] == '\0' &&
	    !session_cookie_was_kept(request->wire, context->service->config) &&
	    (navigation_came_from(request->wire, "/signin") ||
	    navigation_came_from(request->wire, "/signin/register"));
}

enum err
signin_reply_form(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, struct reply *reply)
{
	struct page_value values[VALUES];
	enum err err;

	fill(asked, NULL, values);
	if (has_lost_cookie(context, request, asked))
		err = page_reply(reply, context, request, 400, "cookie", values);
	else
		err = page_reply(reply, context, request, 200, page, values);
	return err == ERR_OK ? session_cookie_probe(reply) : err;
}

static enum err
tell_of_loop(struct context *context, const struct request *request,
    const struct signin_request *asked, const struct user *user, struct reply *reply)
{
	const struct page_value values[] = {
		{ .name = "return", .text = asked->return_address },
		{ .name = "username", .text = user->username },
		{ .name = "error", .word = "not_recognised" },
		{0},
	};

	log_event(LEVEL_WARNING, "led back though signed in", LOG_TEXT("reason",
	    "verify does not find the session: compare the settings, state_dir and clock that it "
	    "and this responder run with"), LOG_NUMBER("uid", user->id));
	return page_reply(reply, context, request, 200, "signed_in", values);
}

enum err
signin_reply_back(struct context *context, const struct request *request,
    const struct signin_request *asked, const struct user *user, struct reply *reply)
{
	const int count = session_cookie_count_led(request->wire, context->service->config);
	enum err err;

	if (count == SESSION_COOKIE_LED_MAX)
		return tell_of_loop(context, request, asked, user, reply);
	if ((err = session_cookie_note_led(reply, count + 1)) != ERR_OK)
		return err;
	return signin_reply_on(asked, reply);
}

enum err
signin_reply_on(const struct signin_request *asked, struct reply *reply)
{
	return reply_redirect(reply,
	    asked->return_address != NULL ? asked->return_address : reply->config->home);
}

enum err
signin_reply_session(struct context *context, const struct user *user,
    const struct signin_request *asked, struct reply *reply)
{
	char cookie[BROWSER_COOKIE_SIZE];	/* secret */
	long max_age;
	enum err err = browser_begin(context, user, asked->is_remembered, asked->cookie, cookie,
	    &max_age);

	if (err == ERR_OK)
		err = session_cookie_set(reply, cookie, max_age);
	secret_wipe(cookie, sizeof(cookie));
	return err == ERR_OK ? signin_reply_on(asked, reply) : err;
}
