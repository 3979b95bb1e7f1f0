/*
 * exchange: what a thread serves one request with, whatever the connection speaks.
 */
#ifndef BEARWARD_SERVE_EXCHANGE_H
#define BEARWARD_SERVE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "account/service.h"
#include "serve/awake.h"
#include "serve/deadlines.h"
#include "serve/pool.h"

struct exchange {
	const struct pool *pool;	/* borrowed */
	struct service *service;	/* borrowed */
	struct deadlines *deadlines;	/* borrowed */
	struct awake *awake;		/* borrowed; NULL: every thread is awake */
	long worker;			/* the thread's number */
	int fd;				/* the connection; closed by what serves it, unless kept */
	int64_t patience_ms;		/* how long a peer may take for what it has to send */
};

/*
 * Reads 1 to size bytes from the connection until deadline, a moment of clock_ms(). Where they
 * take a while to come, another thread wakes up meanwhile. Returns how many, 0 at the end of
 * input, or WIRE_*.
 */
long exchange_read(const struct exchange *exchange, void *data, size_t size, int64_t deadline);

#endif
