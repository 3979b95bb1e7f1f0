/*
 * request: what a client asks, taken from the web server strictly (protocol sections 1, 3.1, 6.1).
 *
 * Headers first, then the body as a whole, then what it says: nothing is stored and no password
 * is hashed before all of that has been read and understood. Everything an accessor gives is
 * borrowed from the request; request_clear() wipes and frees it.
 */
#ifndef BEARWARD_HTTP_REQUEST_H
#define BEARWARD_HTTP_REQUEST_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "http/method.h"
#include "http/wire.h"
#include "text/credentials.h"
#include "text/faults.h"
#include "text/form.h"
#include "token/token.h"

/* The one media type an endpoint reads, and what it is called; static. */
enum media { MEDIA_NONE, MEDIA_FORM, MEDIA_JSON };
const char *request_media_name(enum media media);

struct json_object;

struct request {
	struct wire *wire;		/* borrowed */
	enum method method;
	const char *client;		/* the gateway's REMOTE_ADDR; "-" without one */
	char *body;			/* owned, secret, NUL-terminated; NULL without one */
	size_t body_len;
	struct form form;		/* a MEDIA_FORM body */
	struct json_object *json;	/* owned, secret: a MEDIA_JSON body */
};

/* A grant request (RFC 6749, section 4.3.2). */
struct grant {
	struct credentials credentials;
	const char *scope;		/* NULL when none was asked for */
};

/*
 * Takes method and client from wire. ERR_NOT_FOUND: a PATH_INFO below the endpoint; ERR_METHOD:
 * not one of those allowed (of enum method). With METHOD_ANY neither is looked at.
 */
ERR_CHECKED enum err request_init(struct request *request, struct wire *wire, unsigned allowed);

/*
 * ERR_SETUP, logged: the web server hands out files from where state_dir is, so that a mistake in
 * its settings would give keys and users away.
 */
ERR_CHECKED enum err request_check_docroot(const struct request *request, const char *state_dir);

/*
 * Reads the body of a request that should have one of this media type and parses it. ERR_HEADERS,
 * ERR_MEDIA_TYPE, ERR_LENGTH_MISSING, ERR_TOO_LARGE, ERR_BODY, ERR_TOO_SLOW, ERR_FORM,
 * ERR_REPEATED, ERR_JSON.
 */
ERR_CHECKED enum err request_read_body(struct request *request, enum media media,
    const struct config *config);

/*
 * The grant a form asks for. ERR_QUERY: a secret stands in the query string; ERR_GRANT_TYPE;
 * ERR_MISSING: faults name the absent parameters.
 */
ERR_CHECKED enum err request_grant(const struct request *request, const struct config *config,
    struct faults *faults, struct grant *grant);

/* Members username and password of a JSON object. ERR_FIELDS: faults say what is amiss. */
ERR_CHECKED enum err request_credentials(const struct request *request, struct faults *faults,
    struct credentials *credentials);

/*
 * The bearer token of the Authorization header (RFC 6750, section 2.1). ERR_NO_TOKEN: none, or
 * another scheme; ERR_AUTHORIZATION: more than one credential; ERR_TOKEN: not a token at all. The
 * first also takes a token in the query string for a credential; the other looks at the header
 * and at nothing else.
 */
ERR_CHECKED enum err request_bearer(const struct request *request, const char **jwt);
ERR_CHECKED enum err request_bearer_of_header(const struct request *request, const char **jwt);

/*
 * What the gateway demands of a token: its parameters REQUIRED_SCOPE and REQUIRED_AUD, which no
 * client can set. ERR_SETUP, logged: one of them is empty, malformed or repeated, or another is
 * named alike; who cannot tell what is demanded must let nobody in.
 */
ERR_CHECKED enum err request_requirements(const struct request *request, struct requirements *requirements);

void request_clear(struct request *request);

#endif
