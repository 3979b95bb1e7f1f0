/*
 * documents: what programs are told about the service that is no secret (protocol sections 8 and
 * 9). Each function is an answer, for a table of endpoints.
 */
#ifndef BEARWARD_HTTP_DOCUMENTS_H
#define BEARWARD_HTTP_DOCUMENTS_H

#include "account/context.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/* /.well-known/jwks.json */
ERR_CHECKED enum err documents_keys(struct context *context, const struct request *request,
    struct reply *reply);

/* /.well-known/oauth-authorization-server: 404, logged, where nothing true can be told. */
ERR_CHECKED enum err documents_metadata(struct context *context, const struct request *request,
    struct reply *reply);

#endif
