/*
 * fcgi: serves a pool over FastCGI, with several threads on one listening socket.
 *
 * Connections are accepted, and requests are read, in this room, so that limits hold from the
 * first byte on: a peer that falls silent occupies a thread for some seconds and not for good, and
 * one that sends nonsense loses its connection. libfcgi writes the answers.
 */
#ifndef BEARWARD_SERVE_FCGI_H
#define BEARWARD_SERVE_FCGI_H

#include <stdbool.h>

#include "account/service.h"
#include "base/supervisor.h"
#include "serve/peers.h"
#include "serve/pool.h"

/* Tells whether fd 0 is a listening socket, as a FastCGI program finds it. */
bool fcgi_is_our_start(void);

/*
 * Serves until SIGTERM, SIGINT, SIGUSR1 or SIGHUP, and finishes what was accepted by then. Tells
 * the supervisor so, and as long as requests come to an end, that all is well. Returns the exit
 * status, which is 1 when the threads could not be started, logged.
 */
int fcgi_serve(const struct pool *pool, struct service *service, const struct peers *peers,
    struct supervisor *supervisor);

/*
 * Finds who may connect, which no confined process could. Returns ERR_SETUP, logged, or
 * ERR_INTERNAL.
 */
ERR_CHECKED enum err fcgi_find_peers(const struct config *config, struct peers *peers);

#endif
