/*
 * request: what a client asks, taken from the web server strictly (protocol sections 1, 3.1, 6.1).
 *
 * It reads the headers first, then the body as a whole, then what the body says. Nothing is stored
 * and no password is hashed before all of that has been read and understood. Everything that a
 * function gives is borrowed from the request; request_clear() wipes and frees it.
 */
#ifndef BEARWARD_HTTP_REQUEST_H
#define BEARWARD_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "account/context.h"
#include "base/err.h"
#include "config/config.h"
#include "http/media.h"
#include "http/method.h"
#include "http/wire.h"
#include "text/credentials.h"
#include "text/form.h"

struct json_object;

struct request {
	struct wire *wire;		/* borrowed */
	enum method method;
	const char *client;		/* borrowed: REMOTE_ADDR; "-" without one */
	char *body;			/* owned, secret, NUL-terminated; NULL without one */
	size_t body_len;
	struct form form;		/* a MEDIA_FORM or MEDIA_MULTIPART body */
	struct json_object *json;	/* owned, secret: a MEDIA_JSON body */
};

/*
 * Takes method and client from wire, which is borrowed until request_clear(). Returns ERR_METHOD
 * for a method that is not among those allowed (of enum method). request_clear() must follow in
 * any case.
 */
ERR_CHECKED enum err request_init(struct request *request, struct wire *wire, unsigned allowed);

/*
 * Checks that the web server hands out no files from where the state directory is: one mistake in
 * its settings would give keys and users away. Returns ERR_SETUP, logged, when it does.
 */
ERR_CHECKED enum err request_check_docroot(const struct request *request,
    const struct service *service);

/*
 * Checks that nothing of these names, of which NULL is the last, stands in the query string, where
 * logs keep it. Returns ERR_QUERY when it does, or ERR_MEMORY.
 */
ERR_CHECKED enum err request_check_query(const struct request *request,
    const char *const *secrets);

/*
 * Reads the body of a request that should have one of a set of media types (of enum media; a
 * multipart form counts only where the dialect takes it) and parses it. Returns ERR_HEADERS,
 * ERR_MEDIA_TYPE, ERR_CHARSET, ERR_BOUNDARY, ERR_CODING, ERR_LENGTH_MISSING, ERR_TOO_LARGE,
 * ERR_BODY, ERR_TOO_SLOW, ERR_FORM, ERR_MULTIPART, ERR_PART, ERR_REPEATED, ERR_JSON or
 * ERR_MEMORY.
 */
ERR_CHECKED enum err request_read_body(struct request *request, unsigned media,
    const struct config *config);

/*
 * Returns whether a program of this host asks, and no proxy passes on what another host asks: the
 * client's address is that of the host itself, and no header tells of another.
 */
bool request_is_local(const struct request *request);

/* Returns the first Authorization header, borrowed, or NULL; *count is how many there are. */
const char *request_find_authorization(const struct request *request, int *count);

/*
 * Read a JSON body, and collect what is wrong with it in the context's faults: ERR_FIELDS. The
 * first checks that it is an object, the second reads a member that is a text and must be there,
 * the third one that need not be: *text is NULL then. name is static.
 */
ERR_CHECKED enum err request_object(struct context *context, const struct request *request);
ERR_CHECKED enum err request_text(struct context *context, const struct request *request,
    const char *name, const char **text);
ERR_CHECKED enum err request_text_if_any(struct context *context, const struct request *request,
    const char *name, const char **text);

/*
 * Reads the members username and password of a JSON object. Returns ERR_FIELDS with what is wrong
 * with them in the context's faults.
 */
ERR_CHECKED enum err request_credentials(struct context *context, const struct request *request,
    struct credentials *credentials);

/* Wipes and frees what the request holds, and wipes the credentials among the parameters. */
void request_clear(struct request *request);

#endif
