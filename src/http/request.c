/* request: what a client asks, taken from the web server strictly. */
#include "http/request.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/docroot_memo.h"
#include "base/log.h"
#include "base/network.h"
#include "base/secret.h"
#include "text/json.h"
#include "text/multipart.h"

enum err
request_init(struct request *request, struct wire *wire, unsigned allowed)
{
	const char *client = wire_get_param(wire, "REMOTE_ADDR");

	*request = (struct request){
		.wire = wire,
		.method = method_of(wire_get_param(wire, "REQUEST_METHOD")),
		.client = *client == '\0' ? "-" : client,
	};
	return (allowed & request->method) ? ERR_OK : ERR_METHOD;
}

enum err
request_check_docroot(const struct request *request, const struct service *service)
{
	/* The second is Apache's, where an alias or a user's own pages are served. */
	static const char *const names[] = { "DOCUMENT_ROOT", "CONTEXT_DOCUMENT_ROOT" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *root = wire_get_param(request->wire, names[i]);

		if (!docroot_memo_holds(service->served, root))
			continue;
		log_event(LEVEL_ERROR, "state_dir is in the document root: move it out of there",
		    LOG_TEXT("state_dir", service->config->state_dir),
		    LOG_TEXT("document_root", root));
		return ERR_SETUP;
	}
	return ERR_OK;
}

enum err
request_check_query(const struct request *request, const char *const *secrets)
{
	bool has_secret = false;
	enum err err = wire_query_has(request->wire, secrets, &has_secret);

	return err == ERR_OK && has_secret ? ERR_QUERY : err;
}

static enum err
get_media_type(const struct wire *wire, unsigned media, struct media_type *type)
{
	const char *encoding = wire_get_param(wire, "HTTP_CONTENT_ENCODING");
	int count, header_count;
	const char *header = wire_find_param(wire, "CONTENT_TYPE", &count);
	enum err err;

	/*
	 * A server that gives one of two headers as CONTENT_TYPE still passes both on by name;
	 * some join them with a comma, which no media type of ours contains.
	 */
	(void)wire_find_param(wire, "HTTP_CONTENT_TYPE", &header_count);
	if (count > 1 || header_count > 1 || (header != NULL && strchr(header, ',') != NULL))
		return ERR_HEADERS;
	if ((err = media_read(header == NULL ? "" : header, media, type)) != ERR_OK)
		return err;
	return *encoding == '\0' || strcasecmp(encoding, "identity") == 0 ? ERR_OK : ERR_CODING;
}

static enum err
get_length(const struct wire *wire, size_t limit, size_t *length)
{
	int count;
	const char *text = wire_find_param(wire, "CONTENT_LENGTH", &count);
	size_t digits = text == NULL ? 0 : strspn(text, "0123456789");

	if (count > 1)
		return ERR_HEADERS;
	if (text == NULL || *text == '\0')
		return ERR_LENGTH_MISSING;
	if (text[digits] != '\0' || digits > 10)
		return ERR_BODY;
	*length = strtoul(text, NULL, 10);
	return *length > limit ? ERR_TOO_LARGE : ERR_OK;
}

static enum err
receive(struct request *request, size_t length, int64_t deadline)
{
	struct wire *wire = request->wire;
	/* One byte more than announced, so that a longer body is noticed. */
	size_t wanted = length + (wire->ends_at_length ? 0 : 1);

	if ((request->body = malloc(length + 2)) == NULL)
		return ERR_MEMORY;
	while (request->body_len < wanted) {
		long got = wire->read(wire, request->body + request->body_len,
		    wanted - request->body_len, deadline);

		if (got == WIRE_TOO_SLOW)
			return ERR_TOO_SLOW;
		if (got <= 0)
			break;
		request->body_len += (size_t)got;
	}
	if (request->body_len != length)
		return ERR_BODY;
	request->body[length] = '\0';
	return ERR_OK;
}

enum err
request_read_body(struct request *request, unsigned media, const struct config *config)
{
	struct media_type type;		/* borrowed from wire */
	size_t length = 0;
	enum err err;

	if (!config->dialect->takes_multipart)
		media &= ~(unsigned)MEDIA_MULTIPART;
	if ((err = get_media_type(request->wire, media, &type)) != ERR_OK)
		return err;
	if ((err = get_length(request->wire, (size_t)config->body_limit, &length)) != ERR_OK)
		return err;
	err = receive(request, length, clock_ms() + config->body_deadline);
	if (err != ERR_OK)
		return err;
	if (type.media == MEDIA_FORM)
		return form_parse(request->body, length, &request->form);
	if (type.media == MEDIA_MULTIPART)
		return multipart_parse(request->body, length, type.boundary, type.boundary_len,
		    &request->form);
	return json_parse(request->body, length, &request->json);
}

bool
request_is_local(const struct request *request)
{
	static const char *const names[] = {
		"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA",
	};
	int count;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (wire_find_param(request->wire, names[i], &count) != NULL)
			return false;
	return network_is_loopback(request->client);
}

const char *
request_find_authorization(const struct request *request, int *count)
{
	const char *header = wire_find_param(request->wire, "HTTP_AUTHORIZATION", count);

	/* Apache hands the header on under this name after a rewrite. */
	if (header == NULL)
		header = wire_find_param(request->wire, "REDIRECT_HTTP_AUTHORIZATION", count);
	return header;
}

enum err
request_object(struct context *context, const struct request *request)
{
	if (json_object_is_type(request->json, json_type_object))
		return ERR_OK;
	return faults_add(&context->faults, "value_error", NULL, "Input should be an object");
}

enum err
request_text_if_any(struct context *context, const struct request *request, const char *name,
    const char **text)
{
	struct json_object *member = NULL;	/* borrowed */

	*text = NULL;
	if (!json_object_object_get_ex(request->json, name, &member))
		return ERR_OK;
	if (!json_object_is_type(member, json_type_string))
		return faults_add(&context->faults, "string_type", name,
		    "Input should be a valid string");
	*text = json_object_get_string(member);
	return ERR_OK;
}

enum err
request_text(struct context *context, const struct request *request, const char *name,
    const char **text)
{
	enum err err = request_text_if_any(context, request, name, text);

	if (err != ERR_OK || *text != NULL)
		return err;
	return faults_add(&context->faults, "missing", name, "Field required");
}

enum err
request_credentials(struct context *context, const struct request *request,
    struct credentials *credentials)
{
	enum err username, password;

	if ((username = request_object(context, request)) != ERR_OK)
		return username;
	username = request_text(context, request, "username", &credentials->username);
	password = request_text(context, request, "password", &credentials->password);
	return username == ERR_OK ? password : username;
}

/* json-c gives its strings back unwiped. */
static void
wipe_members(struct json_object *value)
{
	if (!json_object_is_type(value, json_type_object))
		return;
	json_object_object_foreach(value, name, member) {
		(void)name;
		if (json_object_is_type(member, json_type_string))
			secret_wipe((void *)(uintptr_t)json_object_get_string(member),
			    (size_t)json_object_get_string_len(member));
	}
}

static void
wipe_param(const struct wire *wire, const char *name)
{
	int count;
	char *value = (char *)(uintptr_t)wire_find_param(wire, name, &count);

	if (value != NULL)
		secret_wipe(value, strlen(value));
}

void
request_clear(struct request *request)
{
	/* The server's own copies: tokens, and passwords of clients that sign in with Basic. */
	wipe_param(request->wire, "HTTP_AUTHORIZATION");
	wipe_param(request->wire, "REDIRECT_HTTP_AUTHORIZATION");
	wipe_members(request->json);
	json_object_put(request->json);
	if (request->body != NULL)
		secret_wipe(request->body, request->body_len);
	free(request->body);
	request->json = NULL;
	request->body = NULL;
}
