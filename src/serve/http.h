/*
 * http: serves one request over HTTP/1.1, of a gateway that asks about a request of its own.
 *
 * It is for pools that say so (pool.h), with one endpoint, which is asked by GET, by HEAD, or by
 * the method of the request in question, without a body. What is not in order is refused with 400,
 * 431 or 505, and the connection is closed; to no gateway is that a consent.
 */
#ifndef BEARWARD_SERVE_HTTP_H
#define BEARWARD_SERVE_HTTP_H

#include <stdbool.h>

#include "serve/exchange.h"

/*
 * Serves one request of a connection that can be read from. Returns whether another may follow on
 * it; else the connection is closed.
 */
bool http_serve(const struct exchange *exchange);

#endif
