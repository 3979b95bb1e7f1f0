/*
 * endpoint: what an endpoint is, and how it answers one request.
 *
 * An endpoint is a row of a table: what it is asked with, and answer(), which tells its story.
 * This file does what is the same for all endpoints: it finds the row, checks the method, answers
 * OPTIONS, reads the body, and makes an answer of an error.
 */
#ifndef BEARWARD_HTTP_ENDPOINT_H
#define BEARWARD_HTTP_ENDPOINT_H

#include <stdbool.h>

#include "account/context.h"
#include "account/service.h"
#include "base/err.h"
#include "http/cors.h"
#include "http/media.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/wire.h"

struct endpoint {
	const char *path;	/* "/users/me/": where the samples put it; NULL ends a table */
	unsigned methods;	/* of enum method, METHOD_OPTIONS among them; or METHOD_ANY */
	unsigned media;		/* of enum media, of a POST; MEDIA_NONE: its body is not read */
	enum family family;
	enum cors cors;

	/* Called with the request read and parsed; what it returns becomes the answer. */
	enum err (*answer)(struct context *context, const struct request *request,
	    struct reply *reply);
};

/*
 * Finds the row that a request is for, or NULL. A table of one row is for every request that the
 * web server hands over, unless there is a PATH_INFO: a mapping looser than ours must not open a
 * side door. In a longer one it is the row with the longest path that the path of the request ends
 * with, with or without a trailing slash, below whatever prefix the site has. Where SCRIPT_NAME is
 * the file of the program, as after a rewrite in a .htaccess, the path is that of REDIRECT_URL,
 * which Apache sets to what was asked for. Where lighttpd cuts a path into SCRIPT_NAME and
 * PATH_INFO, the path of the row must begin in the first. A row below /.well-known/ is also for a
 * path that goes on behind it, where clients put the path of an issuer (RFC 8414, section 3.1):
 * its answer has to look at that.
 */
const struct endpoint *endpoint_find(const struct endpoint *table, const struct wire *wire);

/* Returns whether the path of a request, as told above, ends with that one. */
bool endpoint_path_ends(const struct wire *wire, const char *end);

/* Serves one request, from its first parameter to the last byte of its answer. */
void endpoint_serve(const struct endpoint *table, struct service *service, struct wire *wire);

#endif
