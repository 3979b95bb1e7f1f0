/*
 * guard: decides about a browser's request to a guarded page, and tells the web server what to do
 * with one that may not pass (protocol sections 22 and 24).
 */
#ifndef BEARWARD_HTTP_GUARD_H
#define BEARWARD_HTTP_GUARD_H

#include "account/context.h"
#include "account/identity.h"
#include "base/err.h"
#include "http/gateway.h"
#include "http/reply.h"
#include "http/request.h"

/*
 * Tells whose browser made a request, by its cookie, and whether it may pass. Returns ERR_NO_TOKEN
 * when nobody is signed in with it, or nobody can be: the database is not held, or `signin = no`;
 * ERR_CROSS_SITE when another site's page asks for what may change something; and what
 * identity_of_browser() does. identity ends with identity_clear(), whatever comes back.
 */
ERR_CHECKED enum err guard_identify(struct context *context, const struct request *request,
    const struct gateway_demands *demands, struct identity *identity);

/*
 * Makes the reply the refusal of a request for err, or returns err for reply_fail(). Where there
 * is a place to sign in, a person who opens a page and is not signed in, or not lately enough, is
 * led there and back: by X-Auth-Signin beside the 401, or by 303. Every other refusal that a
 * person will see is a page, if the web server passes pages on. Whoever shows a bearer token is a
 * program.
 */
ERR_CHECKED enum err guard_refuse(const struct context *context, const struct request *request,
    const struct gateway_demands *demands, const struct identity *identity, enum err err,
    struct reply *reply);

#endif
