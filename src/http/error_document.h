/*
 * error_document: answers in the place of a page that `verify` has refused, where Apache makes a
 * 401 of every refusal (ErrorDocument 401 /signin; protocol section 24.5).
 */
#ifndef BEARWARD_HTTP_ERROR_DOCUMENT_H
#define BEARWARD_HTTP_ERROR_DOCUMENT_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/*
 * Judges anew what was refused, by the cookie and by the demands of the web server, and makes the
 * reply the refusal, for a request of which wire_is_error_document() is true: 303 to the form for
 * a person who has to sign in, a page for one who may not, and an error for a program, which this
 * may return as well. Nothing passes by it: what it finds nothing wrong with is a failure.
 */
ERR_CHECKED enum err error_document_answer(struct context *context,
    const struct request *request, struct reply *reply);

#endif
