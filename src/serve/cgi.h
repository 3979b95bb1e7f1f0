/*
 * cgi: serves the one request of a CGI process (RFC 3875), from the environment and stdin.
 */
#ifndef BEARWARD_SERVE_CGI_H
#define BEARWARD_SERVE_CGI_H

#include <stdbool.h>

#include "account/service.h"
#include "base/err.h"
#include "serve/pool.h"

/* Tells whether a web server started this process as CGI. */
bool cgi_is_our_start(void);

/* Answers the request, and returns the exit status. */
int cgi_serve(const struct pool *pool, struct service *service);

/*
 * Answers the request where there is no service because of err, of config_load() or of
 * service_open(). config may be empty: no setting shows in the answer to such an error.
 */
void cgi_refuse(const struct pool *pool, const struct config *config, enum err err);

#endif
