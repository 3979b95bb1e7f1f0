/*
 * token_request: what a form at /revoke and at /introspect is about (RFC 7009, section 2.1; RFC
 * 7662, section 2.1). A hint of what kind of token it is is ignored.
 */
#ifndef BEARWARD_HTTP_TOKEN_REQUEST_H
#define BEARWARD_HTTP_TOKEN_REQUEST_H

#include "base/err.h"
#include "http/request.h"

/* Returns ERR_QUERY when a secret stands in the query string, or ERR_MEMORY. */
ERR_CHECKED enum err token_request_check_query(const struct request *request);

/*
 * Finds the parameter token; *token is borrowed from request, secret. Returns ERR_NO_PARAMETER
 * when it is absent.
 */
ERR_CHECKED enum err token_request_token(const struct request *request, const char **token);

#endif
