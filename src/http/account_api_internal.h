/*
 * account_api_internal, internal to http/: the lists that endpoints of account_api answer with.
 */
#ifndef BEARWARD_HTTP_ACCOUNT_API_INTERNAL_H
#define BEARWARD_HTTP_ACCOUNT_API_INTERNAL_H

#include "account/context.h"
#include "account/identity.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* Makes the reply 200 with where a user is signed in; the token of the request is marked. */
ERR_CHECKED enum err account_api_list_sessions(struct context *context,
    const struct identity *identity, struct reply *reply);

/*
 * Makes the reply 200 with what happened to a user, the newest first: up to `limit`, from behind
 * the one whose id is `after`, both of the query string. Returns ERR_FIELDS when one of them is
 * not such a number.
 */
ERR_CHECKED enum err account_api_list_audit(struct context *context,
    const struct request *request, const struct user *user, struct reply *reply);

#endif
