/*
 * fcgi: serves a pool over FastCGI, with several threads on one listening socket.
 *
 * Connections are accepted here and then handed to libfcgi, so that time limits hold from the first
 * byte on: a peer that falls silent occupies a thread for some seconds and not for good.
 */
#ifndef BEARWARD_SERVE_FCGI_H
#define BEARWARD_SERVE_FCGI_H

#include <stdbool.h>

#include "account/service.h"
#include "serve/pool.h"

/* Tells whether fd 0 is a listening socket, as a FastCGI program finds it. */
bool fcgi_is_our_start(void);

/*
 * Serves until SIGTERM, SIGINT, SIGUSR1 or SIGHUP; requests that were accepted by then are
 * finished. Returns the exit status: 1 when no thread could be started, logged.
 */
int fcgi_serve(const struct pool *pool, struct service *service);

#endif
