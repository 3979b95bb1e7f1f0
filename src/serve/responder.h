/*
 * responder: the runtime of every pool. It reads the settings, opens what the pool needs, and
 * serves as FastCGI or as plain CGI. An endpoint cannot tell which.
 */
#ifndef BEARWARD_SERVE_RESPONDER_H
#define BEARWARD_SERVE_RESPONDER_H

#include "serve/pool.h"

/*
 * Does all that main() has to do: serves until SIGTERM when fd 0 is a listening socket, serves one
 * request when GATEWAY_INTERFACE says that a web server started us as CGI, and otherwise answers
 * --help, --version and --endpoints. Returns the exit status.
 */
int responder_run(int argc, char **argv, const struct pool *pool);

#endif
