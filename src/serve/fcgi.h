/*
 * fcgi: serves one request over FastCGI.
 *
 * Requests are read in this room, so that limits hold from the first byte on: a peer that falls
 * silent occupies a thread for some seconds and not for good, and one that sends nonsense loses
 * its connection. libfcgi writes the answers that do not fit one record, and closes connections.
 */
#ifndef BEARWARD_SERVE_FCGI_H
#define BEARWARD_SERVE_FCGI_H

#include <stdbool.h>

#include "base/err.h"
#include "serve/exchange.h"

/* What the threads of a process answer with. */
struct fcgi;

/*
 * Makes ready to serve in so many threads, whose numbers begin at 0. *fcgi is owned:
 * fcgi_close(). Returns ERR_INTERNAL, with *fcgi NULL, when there is no memory.
 */
ERR_CHECKED enum err fcgi_open(long threads, struct fcgi **fcgi);

/* Frees what fcgi_open() has made, once no thread serves. Accepts NULL. */
void fcgi_close(struct fcgi *fcgi);

/*
 * Serves one request of a connection that can be read from. Returns whether another may follow on
 * it; else the connection is closed.
 */
bool fcgi_serve(struct fcgi *fcgi, const struct exchange *exchange);

#endif
