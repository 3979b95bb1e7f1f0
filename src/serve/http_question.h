/*
 * http_question: makes of a request over HTTP what a web server says over FastCGI, so that nobody
 * behind it can tell which it was.
 *
 * A gateway asks for the path of the endpoint. What it demands is in the query of that request
 * (?REQUIRED_SCOPE=read%20write), which its own configuration writes, and never in a header, which
 * a client may have written. What it asks about is in headers that it sets itself: X-Original-URI
 * and X-Original-Method, or X-Forwarded-Uri and X-Forwarded-Method, and X-Forwarded-Host and
 * X-Forwarded-Proto; the client's address is in X-Real-IP, or the last one of X-Forwarded-For.
 * Every other header is the client's: HTTP_NAME.
 */
#ifndef BEARWARD_SERVE_HTTP_QUESTION_H
#define BEARWARD_SERVE_HTTP_QUESTION_H

#include <stddef.h>

#include "serve/http_input.h"

struct http_question {
	char **params;			/* owned; NAME=value, NULL ends; NULL: refused */
	const char *fault;		/* static; why it is refused, or NULL */
	/* Only for http_question.c. */
	size_t count;			/* of params */
	char *block;			/* what params points into, secret */
	size_t block_len, block_size;
	char *own_params[48];		/* enough for most requests; else params is owned */
	char own_block[4096];		/* likewise */
};

/*
 * Reads a question that must be for that path. Returns 1; or WIRE_BROKEN, with a fault, when it is
 * for another; when a parameter of its query is no demand, or cannot be decoded; when one of the
 * headers named above is given twice, or is malformed, or says another thing than its counterpart;
 * or when a path is given without a method, as of a gateway that forgets to tell it: a POST would
 * pass for a GET. Whatever it returns, call http_question_clear() after it.
 */
long http_question_read(struct http_question *question, const struct http_input *input,
    const char *path);

/* Wipes and frees. */
void http_question_clear(struct http_question *question);

#endif
