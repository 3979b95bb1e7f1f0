/*
 * grant_request: what a form at /token asks for (RFC 6749, sections 4.3.2 and 6; protocol sections
 * 3.1, 3.3 and 3.5). Everything that is given is borrowed from the request.
 */
#ifndef BEARWARD_HTTP_GRANT_REQUEST_H
#define BEARWARD_HTTP_GRANT_REQUEST_H

#include "http/request.h"

/* What a client shows for a token. */
enum grant_type { GRANT_TYPE_PASSWORD, GRANT_TYPE_REFRESH_TOKEN };

struct grant_request {
	struct credentials credentials;		/* GRANT_TYPE_PASSWORD */
	const char *refresh_token;		/* GRANT_TYPE_REFRESH_TOKEN; secret */
	const char *scope;			/* NULL when none was asked for */
};

/*
 * Reads which grant a form asks for. Returns ERR_QUERY when a secret stands in the query string,
 * ERR_GRANT_TYPE when the settings do not have that grant, or ERR_MEMORY.
 */
ERR_CHECKED enum err grant_request_type(const struct context *context,
    const struct request *request, enum grant_type *type);

/*
 * Read the parameters of a grant. Return ERR_MISSING with the absent ones in the context's faults.
 */
ERR_CHECKED enum err grant_request_password(struct context *context,
    const struct request *request, struct grant_request *grant);
ERR_CHECKED enum err grant_request_refresh_token(struct context *context,
    const struct request *request, struct grant_request *grant);

#endif
