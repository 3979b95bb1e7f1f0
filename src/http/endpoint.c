/* endpoint: what an endpoint is, and how it answers one request. */
#include "http/endpoint.h"

#include "base/log.h"

static void
add_allow(const struct endpoint *endpoint, struct reply *reply)
{
	char list[METHOD_LIST_SIZE];

	method_list(endpoint->methods, list);
	reply_header(reply, "Allow", list);
}

static enum err
produce(const struct endpoint *endpoint, struct service *service, struct request *request,
    struct reply *reply)
{
	enum err err;

	if (request->method == METHOD_OPTIONS && endpoint->methods != METHOD_ANY) {
		add_allow(endpoint, reply);
		reply_nothing(reply);
		return ERR_OK;
	}
	if (request->method == METHOD_POST && endpoint->media != MEDIA_NONE) {
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
		add_allow(endpoint, reply);
	if (err == ERR_MEDIA_TYPE)
		reply_header(reply, "Accept", request_media_name(endpoint->media));
}

void
endpoint_serve(const struct endpoint *endpoint, struct service *service, struct wire *wire)
{
	struct request request;		/* holds secrets until cleared */
	struct reply reply;
	enum err err;

	reply_init(&reply, service->config, endpoint->family);
	reply.is_to_authorizer = wire->is_authorizer;
	err = request_init(&request, wire, endpoint->methods);
	service->client = request.client;
	/* Whatever was asked: what should never have started says so to everyone. */
	if (request_check_docroot(&request, service->config->state_dir) != ERR_OK)
		err = ERR_SETUP;
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
