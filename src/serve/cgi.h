/*
 * cgi: serves the one request of a CGI process (RFC 3875), from the environment and stdin.
 */
#ifndef BEARWARD_SERVE_CGI_H
#define BEARWARD_SERVE_CGI_H

#include <stdbool.h>

#include "config/config.h"
#include "http/endpoint.h"

/* Whether a web server started this process as CGI. */
bool cgi_is_our_start(void);

/* Answers the request and returns the exit status. config NULL: the settings are unusable; 503. */
int cgi_serve(const struct endpoint *endpoint, const struct config *config);

#endif
