/*
 * signin_reply: what a browser is answered at /signin and /signout (protocol sections 23 and 26).
 */
#ifndef BEARWARD_HTTP_SIGNIN_REPLY_H
#define BEARWARD_HTTP_SIGNIN_REPLY_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/signin_request.h"
#include "store/users.h"

/* Makes the reply a page without fields. user is who is signed in; NULL: nobody. */
ERR_CHECKED enum err signin_reply_page(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, const struct user *user,
    struct reply *reply);

/*
 * Makes the reply the same page as before, with the reason why what was typed is refused. Returns
 * what was refused where that is a defect, which is not for a form to tell.
 */
ERR_CHECKED enum err signin_reply_refusal(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, enum err refused, struct reply *reply);

/*
 * Makes the reply a page with an empty form; or the one that names the cause, 400, where the
 * browser has just sent such a form and did not keep the cookie, or has two of its name.
 */
ERR_CHECKED enum err signin_reply_form(struct context *context, const struct request *request,
    const struct signin_request *asked, const char *page, struct reply *reply);

/*
 * Makes the reply 303 to where a browser that is signed in wants to go on to; or the page that
 * says who is signed in and that something is wrong, logged, where it was led on and sent back
 * again and again: then `verify`, which asks the same question, finds another answer.
 */
ERR_CHECKED enum err signin_reply_back(struct context *context, const struct request *request,
    const struct signin_request *asked, const struct user *user, struct reply *reply);

/* Makes the reply 303 to where the browser wants to go on to. */
ERR_CHECKED enum err signin_reply_on(const struct signin_request *asked, struct reply *reply);

/*
 * Signs the browser in as a user who has just shown who it is, and makes the reply 303. The
 * session is on disk by then. Returns as browser_begin() does.
 */
ERR_CHECKED enum err signin_reply_session(struct context *context, const struct user *user,
    const struct signin_request *asked, struct reply *reply);

#endif
