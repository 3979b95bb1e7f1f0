/*
 * exchange: what a thread serves one request with, whatever the connection speaks.
 */
#ifndef BEARWARD_SERVE_EXCHANGE_H
#define BEARWARD_SERVE_EXCHANGE_H

#include <stdint.h>

#include "account/service.h"
#include "serve/deadlines.h"
#include "serve/pool.h"

struct exchange {
	const struct pool *pool;	/* borrowed */
	struct service *service;	/* borrowed */
	struct deadlines *deadlines;	/* borrowed */
	long worker;			/* the thread's number */
	int fd;				/* the connection; whoever serves it keeps or closes it */
	int64_t patience_ms;		/* how long a peer may take for what it has to send */
};

#endif
