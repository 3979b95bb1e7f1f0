/*
 * wire: one exchange with the web server, over FastCGI, over HTTP or as plain CGI.
 *
 * serve/fcgi.c, serve/http.c and serve/cgi.c each fill in a struct wire; endpoint_serve() works on
 * nothing else, so that an endpoint cannot tell them apart.
 */
#ifndef BEARWARD_HTTP_WIRE_H
#define BEARWARD_HTTP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a read may come back with besides a count; 0 is the end of the body. */
enum { WIRE_BROKEN = -1, WIRE_TOO_SLOW = -2 };

/*
 * How an answer begins, and what comes of its body. CGI names the status in a header, and the body
 * is left out when the method is HEAD. Over HTTP, the method of the request that is asked about
 * says nothing of that: it is that of the question.
 */
enum wire_form { WIRE_CGI, WIRE_HTTP, WIRE_HTTP_HEAD };

struct wire {
	char *const *params;	/* borrowed; NAME=value as CGI names them, may repeat, NULL ends */
	/* FastCGI's Authorizer role: a 200 lets a request of somebody else's pass. */
	bool is_authorizer;
	/* A body ends at its announced length: there may be no end to read (RFC 3875, 4.2). */
	bool ends_at_length;
	enum wire_form form;
	bool is_last;		/* over HTTP: the connection is closed behind the answer */
	/* Reads 1 to size bytes of the body until deadline (of clock_ms()). */
	long (*read)(struct wire *wire, char *data, size_t size, int64_t deadline);
	/* Writes all of it; false when the client has gone. */
	bool (*write)(struct wire *wire, const char *data, size_t len);
	void *handle;		/* of the file that filled it in */
};

/*
 * Returns the first parameter of that name, borrowed, or NULL; *count is how often it was given.
 */
const char *wire_find_param(const struct wire *wire, const char *name, int *count);

/* Returns the first parameter of that name, borrowed, or "". */
const char *wire_get_param(const struct wire *wire, const char *name);

/*
 * Returns the first parameter of that name as it was when the request came, borrowed, or "". Where
 * Apache leads a request on to another place of its own, a document for an error or what a rewrite
 * makes of the path, it puts REDIRECT_ before each name, as often as it does so: the longest name
 * is the oldest. Headers of clients begin with HTTP_, so none can pretend to be one.
 */
const char *wire_get_original(const struct wire *wire, const char *name);

/*
 * Returns true when Apache answers the refusal of another request, a 401 or a 403, with what we
 * say (ErrorDocument). It then hands over the body of that request, too, which is not for us.
 */
bool wire_is_error_document(const struct wire *wire);

/* Returns what stands behind every REDIRECT_ that a parameter begins with; borrowed from it. */
const char *wire_skip_redirects(const char *param);

/*
 * Tells whether the query string has a parameter of one of these names (NULL ends the list).
 * Returns ERR_MEMORY, with *has false, when there is no memory.
 */
ERR_CHECKED enum err wire_query_has(const struct wire *wire, const char *const *names, bool *has);

/*
 * Finds the value of a parameter of the query string, decoded once; *value is owned, and NULL
 * where the parameter is absent, given more than once, or cannot be decoded. Returns ERR_MEMORY
 * when there is no memory.
 */
ERR_CHECKED enum err wire_query_find(const struct wire *wire, const char *name, char **value);

#endif
