/*
 * account_page: what is the same for all pages of somebody's own account (protocol section 20.5):
 * who looks at them, what a form has to show before anything is changed, and how the page says
 * what was done or why it was not.
 */
#ifndef BEARWARD_HTTP_ACCOUNT_PAGE_H
#define BEARWARD_HTTP_ACCOUNT_PAGE_H

#include "account/browser.h"
#include "account/context.h"
#include "base/err.h"
#include "config/pages.h"
#include "http/reply.h"
#include "http/request.h"

/* Somebody who is signed in, and looks at a page. */
struct account_visit {
	char cookie[BROWSER_COOKIE_SIZE];	/* secret */
	struct browser browser;		/* owned; its user is there */
	const char *done;		/* static: the word for what was just done; or NULL */
	enum err refused;		/* why what was sent was refused; ERR_OK: nothing was */
};

struct account_page {
	/* Makes the reply the page, by account_page_put(). */
	enum err (*show)(struct context *context, const struct request *request,
	    const struct account_visit *visit, struct reply *reply);
	/*
	 * Does what a form asks for, and makes the reply what comes then; what it returns is told
	 * on the page. NULL: the page has no form.
	 */
	enum err (*change)(struct context *context, const struct request *request,
	    const struct account_visit *visit, struct reply *reply);
};

/*
 * Answers a request for a page. Whoever is not signed in is led to the page to sign in, and back;
 * after a form, which that would lose, it is the page that keeps it, 401. Returns ERR_NOT_FOUND
 * with `signin = no`, ERR_QUERY for a password in the query string, or what the page does.
 */
ERR_CHECKED enum err account_page_answer(struct context *context, const struct request *request,
    const struct account_page *page, struct reply *reply);

/*
 * Makes the reply the page of that name, with values, the name of who is signed in, and what was
 * done or refused. Returns what was refused where that is a defect, and else as page_reply() does.
 */
ERR_CHECKED enum err account_page_put(const struct context *context,
    const struct request *request, const struct account_visit *visit, const char *name,
    const struct page_value *values, struct reply *reply);

/* Returns what was typed into a field, if the page is to show it once more; else was. */
const char *account_page_typed(const struct request *request, const struct account_visit *visit,
    const char *field, const char *was);

/*
 * Makes the reply 303 to a page, "account/" or one below, which then says what was done. Where
 * nobody is signed in by then, that is a page of its own.
 */
ERR_CHECKED enum err account_page_done(const struct request *request, const char *page,
    const char *done, struct reply *reply);

/* Does the same, and lets the browser forget its cookie and what it has kept of guarded pages. */
ERR_CHECKED enum err account_page_left(const struct request *request, const char *page,
    const char *done, struct reply *reply);

#endif
