/*
 * responder: the runtime every endpoint stands on. An endpoint says what it is in a struct and
 * tells its story in answer(); everything around that is here: settings, start, methods, bodies,
 * error answers, and serving as FastCGI or as plain CGI.
 */
#ifndef BEARWARD_RESPONDER_H
#define BEARWARD_RESPONDER_H

#include "err.h"
#include "reply.h"
#include "request.h"
#include "service.h"
#include "wire.h"

struct endpoint {
	const char *name;	/* for logs and --help: "token" */
	const char *purpose;	/* one line for --help */
	unsigned methods;	/* of enum method, METHOD_OPTIONS among them */
	const char *allow;	/* the same as an Allow header (protocol section 2) */
	enum media media;	/* of a POST */
	enum family family;
	unsigned needs;		/* of enum need */

	/* Called with the request read and parsed; what it returns becomes the answer. */
	enum err (*answer)(struct service *service, const struct request *request,
	    struct reply *reply);
};

/*
 * The whole of main(): serves until SIGTERM when fd 0 is a listening socket, or one request when
 * GATEWAY_INTERFACE says that a web server started us as CGI. Returns the exit status.
 */
int responder_run(int argc, char **argv, const struct endpoint *endpoint);

/* One request, from its first parameter to the last byte of its answer. */
void responder_answer(const struct endpoint *endpoint, struct service *service,
    struct wire *wire);

#endif
