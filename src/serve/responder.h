/*
 * responder: the runtime every endpoint stands on: settings, start, and serving as FastCGI or as
 * plain CGI. An endpoint cannot tell which.
 */
#ifndef BEARWARD_SERVE_RESPONDER_H
#define BEARWARD_SERVE_RESPONDER_H

#include "http/endpoint.h"

/*
 * The whole of main(): serves until SIGTERM when fd 0 is a listening socket, or one request when
 * GATEWAY_INTERFACE says that a web server started us as CGI; else --help and --version. Returns
 * the exit status.
 */
int responder_run(int argc, char **argv, const struct endpoint *endpoint);

#endif
