/*
 * account_pages: what people do with their own account in a browser (protocol section 20.5): the
 * pages below /account. Each function is an answer, for a table of endpoints. All are 404 with
 * `signin = no`.
 */
#ifndef BEARWARD_HTTP_ACCOUNT_PAGES_H
#define BEARWARD_HTTP_ACCOUNT_PAGES_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* /account/: who is signed in; a POST changes the email address and the display name. */
ERR_CHECKED enum err account_pages_overview(struct context *context,
    const struct request *request, struct reply *reply);

/* /account/password: changes the password. */
ERR_CHECKED enum err account_pages_password(struct context *context,
    const struct request *request, struct reply *reply);

/* /account/sessions: shows what is signed in, and ends it. */
ERR_CHECKED enum err account_pages_sessions(struct context *context,
    const struct request *request, struct reply *reply);

/* /account/activity: shows what happened. */
ERR_CHECKED enum err account_pages_activity(struct context *context,
    const struct request *request, struct reply *reply);

/* /account/export: hands out all that is stored about who is signed in. */
ERR_CHECKED enum err account_pages_export(struct context *context,
    const struct request *request, struct reply *reply);

/* /account/delete: deletes the account. */
ERR_CHECKED enum err account_pages_delete(struct context *context,
    const struct request *request, struct reply *reply);

#endif
