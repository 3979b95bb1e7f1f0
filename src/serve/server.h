/*
 * server: a process that serves a pool on one listening socket, with several threads.
 *
 * Connections are accepted in this room, so that limits hold from the first byte on. What a
 * connection speaks is the matter of fcgi.h and http.h.
 */
#ifndef BEARWARD_SERVE_SERVER_H
#define BEARWARD_SERVE_SERVER_H

#include <stdbool.h>

#include "account/service.h"
#include "base/supervisor.h"
#include "serve/peers.h"
#include "serve/pool.h"

/* What a confined process could not find out. */
struct server_host {
	struct peers peers;	/* who may connect */
	long cores;		/* threads that can be busy at once, at least 2 */
};

/* Tells whether fd 0 is a listening socket, as a FastCGI program finds it. */
bool server_is_our_start(void);

/* Finds out about the host. Returns ERR_SETUP, logged, or ERR_INTERNAL. */
ERR_CHECKED enum err server_find_host(const struct config *config, struct server_host *host);

/*
 * Lets as many connections wait to be accepted as the kernel allows, instead of the number that
 * the socket was made with. Connections beyond that are turned away, and a web server answers 502.
 * A confined process could not do it.
 */
void server_widen_queue(void);

/*
 * Serves until SIGTERM, SIGINT, SIGUSR1 or SIGHUP, and finishes what was accepted by then. Tells
 * the supervisor so, and as long as requests come to an end, that all is well. Returns the exit
 * status, which is 1 when the threads could not be started, logged.
 */
int server_run(const struct pool *pool, struct service *service,
    const struct server_host *host, struct supervisor *supervisor);

#endif
