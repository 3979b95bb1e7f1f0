/* reply: an answer in the making: a status, headers, a JSON body. */
#include "http/reply.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/answer.h"

static const char *
reason_phrase(int status)
{
	static const struct { int status; const char *phrase; } reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 204, "No Content" }, { 400, "Bad Request" },
		{ 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 411, "Length Required" }, { 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" }, { 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" }, { 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].phrase;
	return "Status";
}

void
reply_init(struct reply *reply, const struct config *config, enum family family)
{
	reply->config = config;
	reply->family = family;
	reply->is_to_authorizer = false;
	reply->status = 200;
	reply->headers_len = 0;
	reply->headers[0] = '\0';
	reply->body = NULL;
	reply->faults.count = 0;
	reply->scope_needed = "";
}

/* false: it does not fit and is left out whole. Settings are bounded so that those of them fit. */
static bool __attribute__((format(printf, 2, 3)))
add_header(struct reply *reply, const char *format, ...)
{
	size_t room = sizeof(reply->headers) - reply->headers_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(reply->headers + reply->headers_len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		reply->headers[reply->headers_len] = '\0';
		return false;
	}
	reply->headers_len += (size_t)len;
	return true;
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	add_header(reply, "%s: %s\r\n", name, value);
}

/* Takes value and makes it the body. */
static enum err
set_body(struct reply *reply, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(value,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	secret_free(reply->body);
	reply->body = text == NULL ? NULL : strdup(text);
	/* It would be freed unwiped with value. */
	if (text != NULL)
		secret_wipe((void *)(uintptr_t)text, strlen(text));
	json_object_put(value);
	return reply->body == NULL ? ERR_INTERNAL : ERR_OK;
}

/* json-c reports a lack of memory by NULL, which is also how it writes null: refuse both. */
static enum err
add(struct json_object *object, const char *name, struct json_object *value)
{
	if (value == NULL || json_object_object_add(object, name, value) != 0) {
		json_object_put(value);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

static enum err
append(struct json_object *array, struct json_object *value)
{
	if (value == NULL || json_object_array_add(array, value) != 0) {
		json_object_put(value);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

static enum err
add_text(struct json_object *object, const char *name, const char *text)
{
	return add(object, name, json_object_new_string(text));
}

enum err
reply_token(struct reply *reply, const char *jwt, const char *scope)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_INTERNAL;

	if (object == NULL)
		return err;
	if ((err = add_text(object, "access_token", jwt)) != ERR_OK)
		goto out;
	if ((err = add_text(object, "token_type", "bearer")) != ERR_OK)
		goto out;
	err = add(object, "expires_in", json_object_new_int64(reply->config->access_token_ttl));
	if (err != ERR_OK)
		goto out;
	if (*scope != '\0' && (err = add_text(object, "scope", scope)) != ERR_OK)
		goto out;
	return set_body(reply, object);
out:
	json_object_put(object);
	return err;
}

enum err
reply_user(struct reply *reply, const struct user *user)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_INTERNAL;

	if (object == NULL)
		return err;
	if ((err = add(object, "id", json_object_new_int64(user->id))) != ERR_OK)
		goto out;
	if ((err = add_text(object, "username", user->username)) != ERR_OK)
		goto out;
	err = add(object, "is_active", json_object_new_boolean(user->is_active));
	if (err != ERR_OK)
		goto out;
	return set_body(reply, object);
out:
	json_object_put(object);
	return err;
}

enum err
reply_created(struct reply *reply, const struct user *user)
{
	reply->status = reply->config->dialect->created;
	/* RFC 9110, section 15.3.2: a 201 says where the new resource is. */
	if (reply->status == 201)
		reply_header(reply, "Location", "/users/me/");
	return reply_user(reply, user);
}

/* Names and the setting client_id have at most 255 bytes, each of which may become three. */
enum { FACT_SIZE = 3 * 255 + 1 };

/* As a header for a gateway (NULL: it gets none), or as a variable that an authorizer sets. */
static bool
add_fact(struct reply *reply, const char *header, const char *variable, const char *value)
{
	if (reply->is_to_authorizer)
		return add_header(reply, "Variable-%s: %s\r\n", variable, value);
	return header == NULL || add_header(reply, "%s: %s\r\n", header, value);
}

static bool
add_encoded_fact(struct reply *reply, const char *header, const char *variable, const char *value)
{
	char encoded[FACT_SIZE];

	return text_encode_percent(value, encoded, sizeof(encoded)) &&
	    add_fact(reply, header, variable, encoded);
}

enum err
reply_identity(struct reply *reply, const struct identity *identity)
{
	char expires_at[sizeof("-9223372036854775808")];

	snprintf(expires_at, sizeof(expires_at), "%" PRId64, identity->expires_at);
	/* All of them, even if empty: what is not set might be left over from elsewhere. */
	if (add_encoded_fact(reply, "X-Auth-Sub", "AUTH_SUB", identity->subject) &&
	    add_encoded_fact(reply, "X-Auth-User", "AUTH_USER", identity->username) &&
	    add_encoded_fact(reply, "X-Auth-Client", "AUTH_CLIENT", identity->client_id) &&
	    add_fact(reply, "X-Auth-Scope", "AUTH_SCOPE", identity->scope) &&
	    add_fact(reply, "X-Auth-Exp", "AUTH_EXP", expires_at) &&
	    add_encoded_fact(reply, NULL, "REMOTE_USER", identity->username))
		return ERR_OK;
	log_event(LEVEL_ERROR, "the headers of an identity do not fit",
	    LOG_NUMBER("bytes", REPLY_HEADERS_SIZE));
	return ERR_INTERNAL;
}

void
reply_nothing(struct reply *reply)
{
	reply->status = 204;
}

/* RFC 6750, section 3; realm is there because at least one parameter must be. */
static void
add_challenge(struct reply *reply, const struct answer *answer)
{
	const char *realm = reply->config->realm;

	switch (answer->challenge) {
	case CHALLENGE_NONE:
		return;
	case CHALLENGE_ON_401:
		if (answer->status == 401)
			add_header(reply, "WWW-Authenticate: Bearer realm=\"%s\"\r\n", realm);
		return;
	case CHALLENGE_ERROR:
		add_header(reply, "WWW-Authenticate: Bearer realm=\"%s\", error=\"%s\", "
		    "error_description=\"%s\"\r\n",
		    realm, answer->bearer_error, answer->bearer_text);
		return;
	case CHALLENGE_ERROR_SCOPE:
		add_header(reply, "WWW-Authenticate: Bearer realm=\"%s\", error=\"%s\", "
		    "error_description=\"%s\", scope=\"%s\"\r\n",
		    realm, answer->bearer_error, answer->bearer_text, reply->scope_needed);
	}
}

/* ["body",FIELD]; NULL when out of memory, as all that makes a value here. */
static struct json_object *
new_place(const struct fault *fault)
{
	struct json_object *place = json_object_new_array();	/* owned */

	if (place == NULL)
		return NULL;
	if (append(place, json_object_new_string("body")) == ERR_OK && (fault->field == NULL ||
	    append(place, json_object_new_string(fault->field)) == ERR_OK))
		return place;
	json_object_put(place);
	return NULL;
}

/* {"type":T,"loc":["body",FIELD],"msg":M}, as FastAPI's clients expect it. */
static struct json_object *
new_fault(const struct fault *fault)
{
	struct json_object *object = json_object_new_object();	/* owned */

	if (object == NULL)
		return NULL;
	if (add_text(object, "type", fault->type) == ERR_OK &&
	    add(object, "loc", new_place(fault)) == ERR_OK &&
	    add_text(object, "msg", fault->message) == ERR_OK)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *
new_fault_list(const struct faults *faults)
{
	struct json_object *list = json_object_new_array();	/* owned */

	for (size_t i = 0; list != NULL && i < faults->count; i++) {
		if (append(list, new_fault(&faults->list[i])) == ERR_OK)
			continue;
		json_object_put(list);
		list = NULL;
	}
	return list;
}

static enum err
set_error_body(struct reply *reply, const struct answer *answer)
{
	struct json_object *object = json_object_new_object();	/* owned */
	enum err err = ERR_INTERNAL;

	if (object == NULL)
		return err;
	if (reply->family == FAMILY_OAUTH && answer->code != NULL) {
		if ((err = add_text(object, "error", answer->code)) != ERR_OK)
			goto out;
		if ((err = add_text(object, "error_description", answer->text)) != ERR_OK)
			goto out;
	}
	err = add(object, "detail", answer->status == 422 ? new_fault_list(&reply->faults)
							  : json_object_new_string(answer->text));
	if (err == ERR_OK)
		return set_body(reply, object);
out:
	json_object_put(object);
	return err;
}

void
reply_fail(struct reply *reply, enum err err)
{
	const struct dialect *dialect = reply->config->dialect;
	const struct answer answer = reply->family == FAMILY_GATEWAY
	    ? answer_of_gateway(err, dialect) : answer_of(err, dialect);

	if (err == ERR_JSON)
		(void)faults_add(&reply->faults, "json_invalid", NULL, "JSON decode error");
	reply_clear(reply);
	reply->headers_len = 0;
	reply->headers[0] = '\0';
	reply->status = answer.status;
	add_challenge(reply, &answer);
	if (answer.retry_after > 0)
		add_header(reply, "Retry-After: %d\r\n", answer.retry_after);
	/* With no memory even for this, status and headers must do. */
	(void)!set_error_body(reply, &answer);
}

/* What stands in every answer, and how its body is to be read; size is ample. */
static int
write_common_headers(const struct reply *reply, size_t body_len, char *text, size_t size)
{
	int len;

	/* Headers beside a consent would end up in the page that it lets pass. */
	if (reply->is_to_authorizer && reply->status == 200)
		return 0;
	len = snprintf(text, size,
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n%s",
	    reply->family == FAMILY_OAUTH ? "Pragma: no-cache\r\n" : "");
	/* A 204 has neither a body nor a length (RFC 9110, section 8.6). */
	if (reply->status == 204)
		return len;
	return len + snprintf(text + len, size - (size_t)len, "%sContent-Length: %zu\r\n",
	    reply->body == NULL ? "" : "Content-Type: application/json\r\n", body_len);
}

bool
reply_send(const struct reply *reply, struct wire *wire, enum method method)
{
	size_t body_len = reply->body == NULL ? 0 : strlen(reply->body);
	size_t size = reply->headers_len + 512 + body_len;
	char *text = malloc(size);	/* owned, secret; one write for all of it */
	bool sent = false;
	int len;

	if (text == NULL)
		return false;
	len = snprintf(text, size, "Status: %d %s\r\n", reply->status,
	    reason_phrase(reply->status));
	len += write_common_headers(reply, body_len, text + len, size - (size_t)len);
	len += snprintf(text + len, size - (size_t)len, "%s\r\n%s", reply->headers,
	    method == METHOD_HEAD || reply->body == NULL ? "" : reply->body);
	sent = wire->write(wire, text, (size_t)len);
	secret_wipe(text, size);
	free(text);
	return sent;
}

void
reply_clear(struct reply *reply)
{
	secret_free(reply->body);
	reply->body = NULL;
}
