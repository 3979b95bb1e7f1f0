/*
 * endpoint: what an endpoint is, and how it answers one request.
 *
 * An endpoint says what it is in a struct and tells its story in answer(); what is the same for
 * all of them is here: methods, OPTIONS, bodies, and making an answer of an error.
 */
#ifndef BEARWARD_HTTP_ENDPOINT_H
#define BEARWARD_HTTP_ENDPOINT_H

#include "account/service.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/wire.h"

struct endpoint {
	const char *name;	/* for logs and --help: "token" */
	const char *purpose;	/* one line for --help */
	unsigned methods;	/* of enum method, METHOD_OPTIONS among them; or METHOD_ANY */
	enum media media;	/* of a POST; MEDIA_NONE: its body is not read */
	enum family family;
	unsigned needs;		/* of enum need */

	/* Called with the request read and parsed; what it returns becomes the answer. */
	enum err (*answer)(struct service *service, const struct request *request,
	    struct reply *reply);
};

/* One request, from its first parameter to the last byte of its answer. */
void endpoint_serve(const struct endpoint *endpoint, struct service *service, struct wire *wire);

#endif
