/* endpoint: what an endpoint is, and how it answers one request. */
#include "http/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "account/courier.h"
#include "account/metrics.h"
#include "base/log.h"
#include "http/navigation.h"
#include "http/page.h"

enum { PATH_SIZE = 1024 };

/* The length of a path without the slash that may end it. */
static size_t
path_len(const char *path)
{
	const size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/' ? len - 1 : len;
}

static bool
ends_with(const char *path, const char *end)
{
	const size_t len = path_len(path), end_len = path_len(end);

	return len >= end_len && memcmp(path + len - end_len, end, end_len) == 0;
}

/* Where the path of a row stands in the path of a request for it; NULL: the request is not. */
static const char *
find_row(const struct endpoint *row, const char *path)
{
	static const char well_known[] = "/.well-known/";
	const size_t row_len = path_len(row->path);
	const char *found;

	if (ends_with(path, row->path))
		return path + path_len(path) - row_len;
	if (strncmp(row->path, well_known, sizeof(well_known) - 1) != 0)
		return NULL;
	found = strstr(path, row->path);
	return found != NULL && found[row_len] == '/' ? found : NULL;
}

/* The longest: /account/password is not /users/me/password, but ends alike. */
static const struct endpoint *
find_in(const struct endpoint *table, const char *path, const char **begin)
{
	const struct endpoint *found = NULL;

	for (const struct endpoint *row = table; row->path != NULL; row++) {
		const char *place = find_row(row, path);

		if (place != NULL &&
		    (found == NULL || path_len(row->path) > path_len(found->path))) {
			found = row;
			*begin = place;
		}
	}
	return found;
}

static bool
is_empty(const char *path_info)
{
	return *path_info == '\0' || strcmp(path_info, "/") == 0;
}

/* Puts a path together that comes in two parts; false: it is longer than any of ours. */
static bool
join(const struct wire *wire, char path[PATH_SIZE])
{
	return snprintf(path, PATH_SIZE, "%s%s", wire_get_param(wire, "SCRIPT_NAME"),
	    wire_get_param(wire, "PATH_INFO")) < PATH_SIZE;
}

/* The row of a path in two parts begins in the first. */
static const struct endpoint *
find_by_parts(const struct endpoint *table, const struct wire *wire)
{
	char path[PATH_SIZE];
	const char *begin = NULL;	/* borrowed from path */
	const struct endpoint *found = join(wire, path) ? find_in(table, path, &begin) : NULL;

	if (found == NULL)
		return NULL;
	return (size_t)(begin - path) < strlen(wire_get_param(wire, "SCRIPT_NAME")) ? found : NULL;
}

const struct endpoint *
endpoint_find(const struct endpoint *table, const struct wire *wire)
{
	const char *path_info = wire_get_param(wire, "PATH_INFO"), *begin;
	const struct endpoint *found;

	if (table[1].path == NULL)
		return table->methods == METHOD_ANY || is_empty(path_info) ? table : NULL;
	if (!is_empty(path_info))
		return find_by_parts(table, wire);
	found = find_in(table, wire_get_param(wire, "SCRIPT_NAME"), &begin);
	return found != NULL ? found
	    : find_in(table, wire_get_param(wire, "REDIRECT_URL"), &begin);
}

bool
endpoint_path_ends(const struct wire *wire, const char *end)
{
	char path[PATH_SIZE];

	return (join(wire, path) && ends_with(path, end)) ||
	    ends_with(wire_get_param(wire, "REDIRECT_URL"), end);
}

static void
add_allow(const struct endpoint *endpoint, struct reply *reply)
{
	char list[METHOD_LIST_SIZE];

	method_list(endpoint->methods, list);
	(void)reply_header(reply, "Allow", list);
}

static enum err
produce(const struct endpoint *endpoint, struct context *context, struct request *request,
    struct reply *reply)
{
	enum err err;

	if (request->method == METHOD_OPTIONS && endpoint->methods != METHOD_ANY) {
		add_allow(endpoint, reply);
		reply_nothing(reply);
		return ERR_OK;
	}
	if (request->method == METHOD_POST && endpoint->media != MEDIA_NONE &&
	    !wire_is_error_document(request->wire)) {
		err = request_read_body(request, endpoint->media, context->service->config);
		if (err != ERR_OK)
			return err;
	}
	return endpoint->answer(context, request, reply);
}

/* Makes the reply the answer to an error, in the form that whoever asks can read. */
static void
fail(const struct endpoint *endpoint, const struct context *context,
    const struct request *request, enum err err, struct reply *reply)
{
	static const struct page_value none = {0};

	if (endpoint->family == FAMILY_PAGE && navigation_takes_html(request->wire) &&
	    page_refuse(reply, context, request, err, "error", &none) == ERR_OK)
		return;
	reply_fail(reply, context, err);
}

/* Adds what RFC 9110 wants beside two of the statuses (sections 15.5.6 and 15.5.16). */
static void
add_error_headers(const struct endpoint *endpoint, enum err err, struct reply *reply)
{
	if (err == ERR_METHOD)
		add_allow(endpoint, reply);
	if (reply->status == 415)
		(void)reply_header(reply, "Accept", media_name(endpoint->media));
}

/* Where no row fits: any row tells how to say so, and nothing else of it is used. */
static enum err
choose(const struct endpoint *table, const struct wire *wire, const struct endpoint **endpoint)
{
	*endpoint = endpoint_find(table, wire);
	if (*endpoint != NULL)
		return ERR_OK;
	*endpoint = table;
	return ERR_NOT_FOUND;
}

void
endpoint_serve(const struct endpoint *table, struct service *service, struct wire *wire)
{
	const struct endpoint *endpoint;
	struct context context;
	struct request request;		/* holds secrets until cleared */
	struct reply reply;
	enum err err = choose(table, wire, &endpoint), unusable;
	const char *path = err == ERR_OK ? endpoint->path : "";

	reply_init(&reply, service->config, endpoint->family);
	reply.is_to_authorizer = wire->is_authorizer;
	reply.is_error_document = wire_is_error_document(wire);
	reply.media_wanted = media_name(endpoint->media);
	unusable = request_init(&request, wire, endpoint->methods);
	if (err == ERR_OK)
		err = unusable;
	context_init(&context, service, request.client, NULL);
	context.agent = wire_get_param(wire, "HTTP_USER_AGENT");
	context.language = wire_get_param(wire, "HTTP_ACCEPT_LANGUAGE");
	/* Whatever was asked: what should never have started says so to everyone. */
	if (request_check_docroot(&request, service) != ERR_OK)
		err = ERR_SETUP;
	if (err == ERR_OK)
		err = produce(endpoint, &context, &request, &reply);
	if (err != ERR_OK) {
		fail(endpoint, &context, &request, err, &reply);
		add_error_headers(endpoint, err, &reply);
	}
	if (endpoint->cors == CORS_LISTED)
		cors_add(&reply, wire, endpoint->methods);
	metrics_count_request(service, path, reply.status);
	if (!reply_send(&reply, wire, request.method))
		log_event(LEVEL_DEBUG, "client gone", LOG_TEXT("client", request.client));
	log_event(err == ERR_INTERNAL || err == ERR_MEMORY ? LEVEL_ERROR : LEVEL_DEBUG, "answered",
	    LOG_NUMBER("status", reply.status), LOG_TEXT("result", err_name(err)),
	    LOG_TEXT("client", request.client));

	if (context.message_id != 0)
		courier_poke(service->courier);
	request_clear(&request);
	reply_clear(&reply);
}
