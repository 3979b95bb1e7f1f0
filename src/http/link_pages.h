/*
 * link_pages: links that set a password, in a browser (protocol section 37): the page /link. It is
 * 404 with `signin = no`.
 */
#ifndef BEARWARD_HTTP_LINK_PAGES_H
#define BEARWARD_HTTP_LINK_PAGES_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* Answers at /link, as a row of a table of endpoints. */
ERR_CHECKED enum err link_pages_answer(struct context *context, const struct request *request,
    struct reply *reply);

#endif
