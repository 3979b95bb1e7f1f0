/*
 * account_api: what programs do with the account of the bearer (protocol section 20): what is
 * below /users/me/. Each function is an answer, for a table of endpoints.
 *
 * All of it takes a bearer token, and `me_scope` where that is set: a token that may not even ask
 * whose it is may change nothing either. A cookie counts for nothing here. The rules are those of
 * account/self.h. Bodies are JSON; times are seconds since 1970.
 *
 * A token of the tutorial (`accept_tutorial_tokens`) belongs to no grant: none of the sessions is
 * its own, "others" means all, and the token itself stays good.
 */
#ifndef BEARWARD_HTTP_ACCOUNT_API_H
#define BEARWARD_HTTP_ACCOUNT_API_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* /users/me/password: changes the password (20.1). */
ERR_CHECKED enum err account_api_password(struct context *context, const struct request *request,
    struct reply *reply);

/* /users/me/sessions: lists what is signed in (20.2), or ends it (20.3). */
ERR_CHECKED enum err account_api_sessions(struct context *context, const struct request *request,
    struct reply *reply);

/* /users/me/profile: changes the email address and the display name. */
ERR_CHECKED enum err account_api_profile(struct context *context, const struct request *request,
    struct reply *reply);

/* /users/me/audit: lists what happened. */
ERR_CHECKED enum err account_api_audit(struct context *context, const struct request *request,
    struct reply *reply);

/* /users/me/export: hands out all that is stored about the user. */
ERR_CHECKED enum err account_api_export(struct context *context, const struct request *request,
    struct reply *reply);

/* /users/me/delete: deletes the user (20.4). */
ERR_CHECKED enum err account_api_delete(struct context *context, const struct request *request,
    struct reply *reply);

#endif
