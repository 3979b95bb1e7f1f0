/* reply: an answer in the making: a status, headers, a body. */
#include "http/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/answer.h"
#include "http/etag.h"
#include "http/reply_json.h"

static const char *
reason_phrase(int status)
{
	static const struct { int status; const char *phrase; } reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
		{ 303, "See Other" }, { 304, "Not Modified" }, { 400, "Bad Request" },
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

/* Empties a reply, whatever it was about to be. */
static void
reset(struct reply *reply)
{
	reply->status = 200;
	reply->media = "";
	reply->cache = "no-store";
	reply->headers_len = 0;
	reply->headers[0] = '\0';
	reply->body = NULL;
}

void
reply_init(struct reply *reply, const struct config *config, enum family family)
{
	reply->config = config;
	reply->family = family;
	reply->is_to_authorizer = false;
	reply->is_error_document = false;
	reply->media_wanted = "";
	/* With no-referrer, browsers send `Origin: null` with a form of ours. */
	reply->referrer = "same-origin";
	reset(reply);
}

bool
reply_header_line(struct reply *reply, const char *format, ...)
{
	size_t room = sizeof(reply->headers) - reply->headers_len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(reply->headers + reply->headers_len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		/* What was cut off may be a part of a cookie. */
		secret_wipe(reply->headers + reply->headers_len, room);
		return false;
	}
	reply->headers_len += (size_t)len;
	return true;
}

bool
reply_header(struct reply *reply, const char *name, const char *value)
{
	return reply_header_line(reply, "%s: %s\r\n", name, value);
}

enum err
reply_set_body(struct reply *reply, const char *media, char *text)
{
	secret_free(reply->body);
	reply->body = text;
	reply->media = media;
	return text == NULL ? ERR_MEMORY : ERR_OK;
}

enum err
reply_document(struct reply *reply, const char *if_none_match, const char *media,
    const char *text, long max_age)
{
	char etag[ETAG_SIZE];

	if (etag_make(text, etag) != ERR_OK)
		return ERR_MEMORY;
	reply->cache = NULL;
	if (!reply_header_line(reply, "Cache-Control: public, max-age=%ld\r\n", max_age) ||
	    !reply_header(reply, "ETag", etag))
		return ERR_INTERNAL;
	if (etag_is_named(if_none_match, etag)) {
		reply->status = 304;
		return ERR_OK;
	}
	return reply_set_body(reply, media, strdup(text));
}

/* Browsers hold it against a form, too, where its answer leads on to (CSP 3, section 6.4.1). */
static bool
add_page_policy(struct reply *reply)
{
	const struct config *config = reply->config;
	const char *home = config->home, *end = strstr(home, "://");
	const int home_len = end == NULL ? 0
	    : (int)(end - home) + 3 + (int)strcspn(end + 3, "/?#;, ");

	return reply_header_line(reply, "Content-Security-Policy: default-src 'none'; "
	    "style-src 'self'; script-src 'self'; img-src 'self'; "
	    "form-action 'self'%s%s%s%.*s; frame-ancestors 'none'; base-uri 'none'\r\n",
	    *config->return_origins == '\0' ? "" : " ", config->return_origins,
	    home_len == 0 ? "" : " ", home_len, home);
}

enum err
reply_page(struct reply *reply, int status, char *html)
{
	const enum err err = reply_set_body(reply, "text/html; charset=utf-8", html);

	reply->status = status;
	if (err != ERR_OK)
		return err;
	if (!add_page_policy(reply) || !reply_header(reply, "X-Frame-Options", "DENY") ||
	    !reply_header(reply, "Referrer-Policy", reply->referrer) ||
	    !reply_header(reply, "Cross-Origin-Opener-Policy", "same-origin"))
		return ERR_INTERNAL;
	return ERR_OK;
}

enum err
reply_redirect(struct reply *reply, const char *location)
{
	/* A part of it may be a path that a web server has decoded: no header ends within it. */
	for (const char *c = location; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return ERR_INTERNAL;
	reply->status = 303;
	return reply_header(reply, "Location", location) ? ERR_OK : ERR_INTERNAL;
}

enum err
reply_cookie(struct reply *reply, const struct cookie *cookie)
{
	char text[COOKIE_SIZE];		/* secret */
	const bool is_set = cookie_format(cookie, text) && reply_header(reply, "Set-Cookie", text);

	secret_wipe(text, sizeof(text));
	if (is_set)
		return ERR_OK;
	log_event(LEVEL_ERROR, "a cookie does not fit", LOG_TEXT("name", cookie->name));
	return ERR_INTERNAL;
}

/* Names, addresses and the setting client_id have 255 bytes at most; each may become three. */
enum { FACT_SIZE = 3 * 255 + 1 };

/* As a header for a gateway (NULL: it gets none), or as a variable that an authorizer sets. */
static bool
add_fact(struct reply *reply, const char *header, const char *variable, const char *value)
{
	if (reply->is_to_authorizer)
		return reply_header_line(reply, "Variable-%s: %s\r\n", variable, value);
	return header == NULL || reply_header_line(reply, "%s: %s\r\n", header, value);
}

static bool
add_encoded_fact(struct reply *reply, const char *header, const char *variable, const char *value)
{
	char encoded[FACT_SIZE];

	return text_encode_percent(value, "@", encoded, sizeof(encoded)) &&
	    add_fact(reply, header, variable, encoded);
}

/*
 * Whether a value of a header means the same to whoever reads it: nothing ends the line, and no
 * blank is lost at an end. What Unicode has for the end of a line is no better.
 */
static bool
is_plain(const char *value)
{
	const size_t len = strlen(value);

	for (const char *c = value; *c != '\0'; c++) {
		const unsigned char byte = (unsigned char)*c, next = (unsigned char)c[1];

		if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next < 0xa0) ||
		    strncmp(c, "\xe2\x80\xa8", 3) == 0 || strncmp(c, "\xe2\x80\xa9", 3) == 0)
			return false;
	}
	return *value != ' ' && (len == 0 || value[len - 1] != ' ') && text_is_utf8(value, len);
}

static bool
add_name(struct reply *reply, enum reply_names names, const char *header, const char *variable,
    const char *value)
{
	return names == REPLY_NAMES_UTF8 ? add_fact(reply, header, variable, value)
					 : add_encoded_fact(reply, header, variable, value);
}

static bool
add_number(struct reply *reply, const char *header, const char *variable, int64_t number)
{
	char text[sizeof("-9223372036854775808")];

	snprintf(text, sizeof(text), "%" PRId64, number);
	return add_fact(reply, header, variable, number == 0 ? "" : text);
}

enum err
reply_identity(struct reply *reply, const struct identity *identity, enum reply_names names)
{
	if (names == REPLY_NAMES_UTF8 &&
	    !(is_plain(identity->username) && is_plain(identity->email))) {
		log_event(LEVEL_ERROR, "a name cannot be told as it is",
		    LOG_TEXT("user", identity->username));
		return ERR_INTERNAL;
	}
	/* All of them, even if empty: what is not set might be left over from elsewhere. */
	if (add_encoded_fact(reply, "X-Auth-Sub", "AUTH_SUB", identity->subject) &&
	    add_name(reply, names, "X-Auth-User", "AUTH_USER", identity->username) &&
	    add_encoded_fact(reply, "X-Auth-Client", "AUTH_CLIENT", identity->client_id) &&
	    add_fact(reply, "X-Auth-Scope", "AUTH_SCOPE", identity->scope) &&
	    add_fact(reply, "X-Auth-Groups", "AUTH_GROUPS", identity->groups) &&
	    add_name(reply, names, "X-Auth-Email", "AUTH_EMAIL", identity->email) &&
	    add_fact(reply, "X-Auth-Session", "AUTH_SESSION", identity->session) &&
	    add_number(reply, "X-Auth-Time", "AUTH_TIME", identity->auth_at) &&
	    add_number(reply, "X-Auth-Exp", "AUTH_EXP", identity->expires_at) &&
	    add_name(reply, names, NULL, "REMOTE_USER", identity->username))
		return ERR_OK;
	log_event(LEVEL_ERROR, "the headers of an identity do not fit",
	    LOG_TEXT("user", identity->username), LOG_NUMBER("bytes", REPLY_HEADERS_SIZE));
	return ERR_INTERNAL;
}

void
reply_nothing(struct reply *reply)
{
	reply->status = 204;
}

#define BASIC_CHALLENGE "WWW-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"\r\n"
#define CHALLENGE "WWW-Authenticate: Bearer realm=\"%s\""
#define CHALLENGE_OF_ERROR CHALLENGE ", error=\"%s\", error_description=\"%s\""

/* RFC 6750, section 3, and RFC 7617; realm is there because at least one parameter must be. */
static void
add_challenge(struct reply *reply, const struct answer *answer, const struct context *context)
{
	const char *realm = reply->config->realm;

	switch (answer->challenge) {
	case CHALLENGE_NONE:
		return;
	case CHALLENGE_ON_401:
		if (answer->status == 401)
			(void)reply_header_line(reply, CHALLENGE "\r\n", realm);
		return;
	case CHALLENGE_ERROR:
		(void)reply_header_line(reply, CHALLENGE_OF_ERROR "\r\n", realm,
		    answer->bearer_error, answer->bearer_text);
		return;
	case CHALLENGE_ERROR_SCOPE:
		(void)reply_header_line(reply, CHALLENGE_OF_ERROR ", scope=\"%s\"\r\n", realm,
		    answer->bearer_error, answer->bearer_text, context->scope_needed);
		return;
	case CHALLENGE_ERROR_AGE:
		(void)reply_header_line(reply, CHALLENGE_OF_ERROR ", max_age=\"%ld\"\r\n", realm,
		    answer->bearer_error, answer->bearer_text, context->age_needed);
		return;
	case CHALLENGE_BASIC_OR_BEARER:
		(void)reply_header_line(reply, BASIC_CHALLENGE CHALLENGE "\r\n", realm,
		    realm);
		return;
	case CHALLENGE_BASIC:
		(void)reply_header_line(reply, BASIC_CHALLENGE, realm);
	}
}

static struct answer
answer_of_family(const struct reply *reply, enum err err)
{
	switch (reply->family) {
	case FAMILY_GATEWAY:
		return answer_of_gateway(err, reply->config->dialect);
	case FAMILY_PAGE:
		return answer_of_page(err);
	case FAMILY_RESOURCE:
	case FAMILY_OAUTH:
		break;
	}
	return answer_of(err, reply->config->dialect);
}

void
reply_fail(struct reply *reply, const struct context *context, enum err err)
{
	const struct answer answer = answer_of_family(reply, err);
	struct faults faults = context->faults;

	if (err == ERR_JSON)
		(void)faults_add(&faults, "json_invalid", NULL, "JSON decode error");
	reply_clear(reply);
	reset(reply);
	reply->status = answer.status;
	if (!reply->is_error_document)
		add_challenge(reply, &answer, context);
	if (answer.retry_after > 0)
		(void)reply_header_line(reply, "Retry-After: %ld\r\n",
		    context->retry_after > 0 ? context->retry_after : answer.retry_after);
	/* With no memory even for this, status and headers must do. */
	(void)!reply_json_error(reply, &answer, &faults);
}

/* A 204 and a 304 have neither a body nor a length (RFC 9110, section 8.6). */
static bool
has_content(const struct reply *reply)
{
	return reply->status != 204 && reply->status != 304;
}

/* What stands in every answer, and how its body is to be read; size is ample. */
static int
write_common_headers(const struct reply *reply, size_t body_len, char *text, size_t size)
{
	int len;

	/* Headers beside a consent would end up in the page that it lets pass. */
	if (reply->is_to_authorizer && reply->status == 200)
		return 0;
	len = snprintf(text, size, "X-Content-Type-Options: nosniff\r\n");
	if (reply->cache != NULL)
		len += snprintf(text + len, size - (size_t)len, "Cache-Control: %s\r\n",
		    reply->cache);
	if (reply->family == FAMILY_OAUTH)
		len += snprintf(text + len, size - (size_t)len, "Pragma: no-cache\r\n");
	if (!has_content(reply))
		return len;
	if (reply->body != NULL)
		len += snprintf(text + len, size - (size_t)len, "Content-Type: %s\r\n",
		    reply->media);
	return len + snprintf(text + len, size - (size_t)len, "Content-Length: %zu\r\n", body_len);
}

static int
write_status(const struct reply *reply, const struct wire *wire, char *text, size_t size)
{
	return snprintf(text, size, "%s %d %s\r\n%s",
	    wire->form == WIRE_CGI ? "Status:" : "HTTP/1.1", reply->status,
	    reason_phrase(reply->status),
	    wire->form != WIRE_CGI && wire->is_last ? "Connection: close\r\n" : "");
}

/* Whether the body is sent, and not only described. */
static bool
sends_body(const struct reply *reply, const struct wire *wire, enum method method)
{
	const bool is_head = wire->form == WIRE_CGI ? method == METHOD_HEAD
	    : wire->form == WIRE_HTTP_HEAD;

	return reply->body != NULL && !is_head && has_content(reply);
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
	len = write_status(reply, wire, text, size);
	len += write_common_headers(reply, body_len, text + len, size - (size_t)len);
	len += snprintf(text + len, size - (size_t)len, "%s\r\n%s", reply->headers,
	    sends_body(reply, wire, method) ? reply->body : "");
	sent = wire->write(wire, text, (size_t)len);
	secret_wipe(text, size);
	free(text);
	return sent;
}

void
reply_clear(struct reply *reply)
{
	/* A cookie may stand among them. */
	secret_wipe(reply->headers, reply->headers_len);
	secret_free(reply->body);
	reply->body = NULL;
}
