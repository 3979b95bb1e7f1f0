/*
 * pool: one program, which answers a table of endpoints with one set of rights.
 */
#ifndef BEARWARD_SERVE_POOL_H
#define BEARWARD_SERVE_POOL_H

#include <stdbool.h>

#include "account/service.h"
#include "http/endpoint.h"

struct pool {
	const char *name;				/* for logs and --help: "token" */
	const char *purpose;				/* one line for --help */
	const struct endpoint *endpoints;		/* ended by a row without a path */
	const struct resource *const *resources;	/* what they need; NULL ends the list */
	bool takes_http;				/* its one endpoint, on the same socket */
};

#endif
