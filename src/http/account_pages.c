/* account_pages: what people do with their own account in a browser. */
#include "http/account_pages.h"

#include <stdbool.h>
#include <stddef.h>

#include "account/self.h"
#include "account/self_export.h"
#include "base/secret.h"
#include "http/account_page.h"
#include "http/session_cookie.h"

/* Returns ERR_MISSING, with a fault of the field, where nothing was typed into it. */
static enum err
require(struct context *context, const struct request *request, const char *field,
    const char **value)
{
	*value = form_find(&request->form, field);
	if (*value != NULL)
		return ERR_OK;
	(void)faults_add(&context->faults, "missing", field, "Field required");
	return ERR_MISSING;
}

/* ---- /account/ */

static enum err
show_overview(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	const struct user *user = visit->browser.user;
	const struct page_value values[] = {
		{ .name = "email",
		  .text = account_page_typed(request, visit, "email", user->email) },
		{ .name = "display_name", .text = account_page_typed(request, visit,
		    "display_name", user->display_name) },
		{ .name = "is_verified",
		  .text = user->email != NULL && user->email_verified ? "1" : "" },
		{0},
	};

	return account_page_put(context, request, visit, "account", values, reply);
}

static enum err
change_profile(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	const char *email = form_find(&request->form, "email");
	const char *display_name = form_find(&request->form, "display_name");
	/* A field that is empty has been emptied. */
	const struct profile profile = {
		.email = email == NULL ? "" : email,
		.display_name = display_name == NULL ? "" : display_name,
	};
	const enum err err = self_set_profile(context, visit->browser.user, &profile,
	    form_find(&request->form, "current_password"));

	return err == ERR_OK ? account_page_done(request, "account/", "profile", reply) : err;
}

enum err
account_pages_overview(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { show_overview, change_profile };

	return account_page_answer(context, request, &page, reply);
}

/* ---- /account/password */

static enum err
show_password(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	static const struct page_value none = {0};

	return account_page_put(context, request, visit, "account_password", &none, reply);
}

/* Gives this browser a new session: everything of the user has just been ended. */
static enum err
go_on(struct context *context, const struct account_visit *visit, struct reply *reply)
{
	const struct sessions_row *session = visit->browser.session;
	const bool is_remembered = session->expires_at - session->created_at >
	    context->service->config->session_ttl;
	char cookie[BROWSER_COOKIE_SIZE];	/* secret */
	long max_age;
	enum err err = browser_begin(context, visit->browser.user, is_remembered, NULL, cookie,
	    &max_age);

	if (err == ERR_OK)
		err = session_cookie_set(reply, cookie, max_age);
	secret_wipe(cookie, sizeof(cookie));
	return err;
}

static enum err
change_password(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	struct self_passwords passwords;	/* borrowed, secret */
	enum err current = require(context, request, "current_password", &passwords.current);
	enum err err = require(context, request, "new_password", &passwords.new);

	if (current != ERR_OK || err != ERR_OK)
		return ERR_MISSING;
	err = self_change_password(context, visit->browser.user, &passwords, NULL);
	if (err != ERR_OK)
		return err;
	/* It is changed, whatever happens now: at worst one has to sign in with it. */
	(void)!go_on(context, visit, reply);
	return account_page_done(request, "account/", "password", reply);
}

enum err
account_pages_password(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { show_password, change_password };

	return account_page_answer(context, request, &page, reply);
}

/* ---- /account/export */

static enum err
hand_out(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	char *json;	/* owned, then taken by the reply */
	enum err err = self_export(context, visit->browser.user, &json);

	(void)request;
	if (err != ERR_OK)
		return err;
	if ((err = reply_set_body(reply, "application/json", json)) != ERR_OK)
		return err;
	return reply_header(reply, "Content-Disposition", "attachment; filename=\"account.json\"")
	    ? ERR_OK : ERR_INTERNAL;
}

enum err
account_pages_export(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { .show = hand_out };

	return account_page_answer(context, request, &page, reply);
}

/* ---- /account/delete */

static enum err
show_delete(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	static const struct page_value none = {0};

	return account_page_put(context, request, visit, "account_delete", &none, reply);
}

static enum err
delete_account(struct context *context, const struct request *request,
    const struct account_visit *visit, struct reply *reply)
{
	const char *current;
	enum err err = require(context, request, "current_password", &current);

	if (err == ERR_OK)
		err = self_delete(context, visit->browser.user, current);
	return err == ERR_OK
	    ? account_page_left(request, "account/delete", "deleted", reply) : err;
}

enum err
account_pages_delete(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { show_delete, delete_account };

	return account_page_answer(context, request, &page, reply);
}
