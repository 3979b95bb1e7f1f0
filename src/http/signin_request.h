/*
 * signin_request: what a browser asks for at /signin and /signout (protocol sections 23 and 26).
 */
#ifndef BEARWARD_HTTP_SIGNIN_REQUEST_H
#define BEARWARD_HTTP_SIGNIN_REQUEST_H

#include <stdbool.h>

#include "account/browser.h"
#include "account/context.h"
#include "base/err.h"
#include "http/request.h"
#include "text/credentials.h"

/* Of a POST, from its form; else from the query string. Ends with signin_request_clear(). */
struct signin_request {
	char cookie[BROWSER_COOKIE_SIZE];	/* of the session, secret; "": none came */
	char *return_address;		/* owned; NULL: none came that may be followed */
	bool wants_other;		/* as=other: to sign in as somebody else */
	bool is_ambiguous;		/* cookie=twice: it sends two of the name elsewhere */
	long age_max;			/* max_age: seconds since the sign-in; -1: any */
	struct credentials credentials;	/* borrowed from the request; NULL where missing */
	bool is_remembered;
	bool is_everywhere;
};

/*
 * Reads a request. An address that may not be followed is dropped without a word, and an age that
 * is none means 0, so that who asks for a recent sign-in gets one. Returns ERR_NOT_FOUND with
 * `signin = no`, ERR_QUERY for a password in the query string, and ERR_MEMORY.
 */
ERR_CHECKED enum err signin_request_read(const struct config *config,
    const struct request *request, struct signin_request *asked);

/*
 * Checks that the form came from a page of ours or by the person's own doing: ERR_CROSS_SITE; and
 * that it has a name and a password: ERR_MISSING, with the absent ones in the context's faults.
 */
ERR_CHECKED enum err signin_request_check_form(struct context *context,
    const struct request *request, const struct signin_request *asked);

/* Checks the first of these alone, for a form without a name. */
ERR_CHECKED enum err signin_request_check_origin(const struct context *context,
    const struct request *request);

/* Wipes and frees. */
void signin_request_clear(struct signin_request *asked);

#endif
