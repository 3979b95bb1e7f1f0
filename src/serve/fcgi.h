/*
 * fcgi: serves an endpoint over FastCGI, with several threads on one listening socket.
 *
 * Connections are accepted here and then handed to libfcgi, so that each has its time limits from
 * the first byte on: a peer that falls silent costs a thread a few seconds, not for good.
 */
#ifndef BEARWARD_SERVE_FCGI_H
#define BEARWARD_SERVE_FCGI_H

#include <stdbool.h>

#include "config/config.h"
#include "http/endpoint.h"

/* Whether fd 0 is a listening socket, as a FastCGI program finds it. */
bool fcgi_is_our_start(void);

/*
 * Serves until SIGTERM, SIGINT, SIGUSR1 or SIGHUP; requests that were accepted by then are
 * finished. Returns the exit status: 1 when the service could not be opened, logged.
 */
int fcgi_serve(const struct endpoint *endpoint, const struct config *config);

#endif
