/*
 * fcgi_input: takes in one request of FastCGI 1.0, as a web server sends it: role, parameters and
 * body.
 *
 * It believes nothing. A length is held against a limit before it meets memory, and what is not
 * in order (an unknown type or version, a record of another request, a length that lies, a name
 * of no length) ends the connection that it came on.
 */
#ifndef BEARWARD_SERVE_FCGI_INPUT_H
#define BEARWARD_SERVE_FCGI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/wire.h"
#include "serve/source.h"

enum { FCGI_INPUT_PARAMS_MAX = 64 * 1024 };	/* bytes of all parameters, as they are sent */

struct fcgi_input {
	/* What the request says. */
	uint16_t request_id;
	bool is_authorizer;
	bool is_kept;			/* the web server wants to use the connection again */
	char **params;			/* owned; NAME=value, NULL ends */
	const char *fault;		/* static; what was not in order, or NULL */
	/* Only for fcgi_input.c. */
	struct source source;
	char *block;			/* all parameters, secret; params points into it */
	size_t block_len, block_size;
	size_t content, padding;	/* of the record that is being read: what is left of it */
	bool is_at_end;			/* of the body */
	long failure;			/* WIRE_*, once there was one: there is no way back */
	size_t next, filled;		/* what of the buffer is still to be taken */
	size_t used;			/* the most that was ever filled */
	unsigned char buffer[8192];	/* secret: as it came */
	char own_block[4096];		/* enough for most requests; else block is owned */
};

/*
 * Reads a request up to its body. Returns 1, or 0 when the peer has closed the connection before
 * it, or WIRE_*. Whatever it returns, call fcgi_input_clear() after it.
 */
long fcgi_input_begin(struct fcgi_input *input, const struct source *source,
    int64_t deadline);

/* Reads 1 to size bytes of the body. Returns how many, or 0 at its end, or WIRE_*. */
long fcgi_input_read(struct fcgi_input *input, void *data, size_t size, int64_t deadline);

/* Tells that body and request have ended, and nothing came after them. */
bool fcgi_input_is_spent(const struct fcgi_input *input);

/* Wipes and frees what came of the request. */
void fcgi_input_clear(struct fcgi_input *input);

#endif
