/*
 * bearer: finds the bearer token of a request (RFC 6750, section 2.1).
 */
#ifndef BEARWARD_HTTP_BEARER_H
#define BEARWARD_HTTP_BEARER_H

#include "base/err.h"
#include "http/request.h"

/*
 * Find the bearer token of the Authorization header; *jwt is borrowed from request, secret. Return
 * ERR_NO_TOKEN when there is no such header or it has another scheme, ERR_AUTHORIZATION when more
 * than one credential was presented, and ERR_TOKEN when it cannot be a token.
 * bearer_of_request() counts a token in the query string as a second credential, and may return
 * ERR_MEMORY. bearer_of_header() looks at nothing but the header: the query string of a request
 * that a web server asks about belongs to somebody else's page.
 */
ERR_CHECKED enum err bearer_of_request(const struct request *request, const char **jwt);
ERR_CHECKED enum err bearer_of_header(const struct request *request, const char **jwt);

#endif
