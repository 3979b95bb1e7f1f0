/*
 * http_input: takes in the head of one request over HTTP/1.1 or 1.0, as a gateway sends it that
 * asks about a request of its own: request line and headers, and nothing after them.
 *
 * It believes nothing, and mends nothing: what two readers could understand in two ways (a line
 * that ends with LF alone, one that is folded, a space before a colon, a second Host, a body, a
 * second request behind the first) is refused.
 */
#ifndef BEARWARD_SERVE_HTTP_INPUT_H
#define BEARWARD_SERVE_HTTP_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/wire.h"
#include "serve/source.h"

enum {
	HTTP_INPUT_HEAD_MAX = 16 * 1024,	/* bytes, with the empty line that ends it */
	HTTP_INPUT_HEADERS_MAX = 128,
};

struct http_header {
	char *name, *value;		/* borrowed from the input, secret; no blank at an end */
};

struct http_input {
	/* What the request says. */
	char *method, *target;		/* borrowed from the buffer; NULL until they have come */
	bool is_1_1;
	bool is_kept;			/* the gateway wants to use the connection again */
	size_t count;			/* of headers */
	struct http_header headers[HTTP_INPUT_HEADERS_MAX];
	int refusal;			/* status to refuse it with; 0: it is in order, or gone */
	const char *fault;		/* static; what was not in order, or NULL */
	/* Only for http_input.c. */
	struct source source;
	size_t line, next, filled;	/* where a line begins; what is looked at; what has come */
	char buffer[HTTP_INPUT_HEAD_MAX];	/* secret */
};

/*
 * Reads a head. Returns 1, or 0 when the peer has closed the connection before it, or WIRE_*, with
 * a refusal where the peer should be told. Whatever it returns, call http_input_clear() after it.
 */
long http_input_begin(struct http_input *input, const struct source *source,
    int64_t deadline);

/* Tells whether a text is a method of at most 32 bytes (RFC 9110, section 9.1). */
bool http_input_is_method(const char *text);

/* Wipes what came of the request. */
void http_input_clear(struct http_input *input);

#endif
