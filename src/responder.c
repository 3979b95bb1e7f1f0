/* responder: the runtime every endpoint stands on. */
#include "responder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "cgi.h"
#include "fcgi.h"
#include "log.h"
#include "secret.h"

enum { HASHING_NICENESS = 5 };

static enum err
produce(const struct endpoint *endpoint, struct service *service, struct request *request,
    struct reply *reply)
{
	enum err err;

	if (request->method == METHOD_OPTIONS) {
		reply_header(reply, "Allow", endpoint->allow);
		reply_nothing(reply);
		return ERR_OK;
	}
	if (request->method == METHOD_POST) {
		err = request_read_body(request, endpoint->media, service->config);
		if (err != ERR_OK)
			return err;
	}
	return endpoint->answer(service, request, reply);
}

/* What RFC 9110 wants beside two of the statuses (sections 15.5.6 and 15.5.16). */
static void
add_error_headers(const struct endpoint *endpoint, enum err err, struct reply *reply)
{
	if (err == ERR_METHOD)
		reply_header(reply, "Allow", endpoint->allow);
	if (err == ERR_MEDIA_TYPE)
		reply_header(reply, "Accept", endpoint->media == MEDIA_FORM
		    ? "application/x-www-form-urlencoded" : "application/json");
}

void
responder_answer(const struct endpoint *endpoint, struct service *service, struct wire *wire)
{
	struct request request;		/* holds secrets until cleared */
	struct reply reply;
	enum err err;

	reply_init(&reply, service->config, endpoint->family);
	err = request_init(&request, wire, endpoint->methods);
	service->client = request.client;
	if (err == ERR_OK)
		err = produce(endpoint, service, &request, &reply);
	if (err != ERR_OK) {
		reply_fail(&reply, err);
		add_error_headers(endpoint, err, &reply);
	}
	if (!reply_send(&reply, wire, request.method))
		log_event(LEVEL_DEBUG, "client gone", LOG_TEXT("client", request.client));
	log_event(err == ERR_INTERNAL ? LEVEL_ERROR : LEVEL_DEBUG, "answered",
	    LOG_NUMBER("status", reply.status), LOG_TEXT("result", err_name(err)),
	    LOG_TEXT("client", request.client));

	service->client = "-";
	request_clear(&request);
	reply_clear(&reply);
}

static int
show_help(const struct endpoint *endpoint, FILE *out)
{
	fprintf(out,
	    "%s.fcgi: %s\n\n"
	    "It is started by a web server or a FastCGI spawner with a listening socket as its\n"
	    "standard input, or by a web server as a CGI program; not by hand. The settings come\n"
	    "from bearward.conf; see INSTALL, bearward.conf(5), and try: bearward check-config\n\n"
	    "  --help     show this\n"
	    "  --version  show the version\n",
	    endpoint->name, endpoint->purpose);
	return out == stdout ? 0 : 2;
}

static int
serve(const struct endpoint *endpoint, bool is_cgi)
{
	struct config config;
	enum err err = config_load(NULL, &config, stderr);
	int status = 1;

	if (err == ERR_OK)
		log_open(endpoint->name, config.log, config.log_level);
	if (err == ERR_OK && (endpoint->needs & NEED_HASHING))
		(void)setpriority(PRIO_PROCESS, 0, HASHING_NICENESS);
	if (is_cgi)
		status = cgi_serve(endpoint, err == ERR_OK ? &config : NULL);
	else if (err == ERR_OK)
		status = fcgi_serve(endpoint, &config);
	config_clear(&config);
	return status;
}

int
responder_run(int argc, char **argv, const struct endpoint *endpoint)
{
	bool is_fcgi = fcgi_is_our_start();

	if (!is_fcgi && !cgi_is_our_start()) {
		if (argc == 2 && strcmp(argv[1], "--version") == 0)
			return printf("%s.fcgi (bearward) %s\n", endpoint->name, VERSION) < 0;
		return show_help(endpoint,
		    argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
	}
	(void)umask(077);
	secret_guard_process();
	return serve(endpoint, !is_fcgi);
}
