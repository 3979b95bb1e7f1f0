/*
 * reply: an answer in the making: a status, headers, a body (protocol sections 1.3, 1.4, 1.12).
 *
 * An endpoint that succeeds calls one of the functions that fill in a body; one that fails returns
 * its enum err, and reply_fail() makes the answer of it. reply_send() adds what every answer
 * carries. No value from a request is ever copied into a header, except what a verified token
 * says, percent-encoded, by reply_identity(), and an address that may be followed.
 */
#ifndef BEARWARD_HTTP_REPLY_H
#define BEARWARD_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "account/bearer.h"
#include "account/context.h"
#include "account/grant.h"
#include "account/introspect.h"
#include "base/err.h"
#include "config/config.h"
#include "http/cookie.h"
#include "http/method.h"
#include "http/wire.h"
#include "store/users.h"

/*
 * The two shapes of errors (protocol section 1.4). FAMILY_GATEWAY has the first, and only the
 * statuses that a web server understands as an answer to its own question (section 11.2).
 * FAMILY_PAGE has the first as well, and a page where a person will see it.
 */
enum family { FAMILY_RESOURCE, FAMILY_OAUTH, FAMILY_GATEWAY, FAMILY_PAGE };

/*
 * The longest header tells where to sign in, with an address to lead back to: percent-encoded, its
 * 2048 bytes may become 6144. In 8 KiB, which is what web servers are told to take, it fits.
 */
enum { REPLY_HEADERS_SIZE = 7168 };

struct reply {
	const struct config *config;	/* borrowed */
	enum family family;
	bool is_to_authorizer;		/* false until set; see struct wire */
	bool is_error_document;		/* false until set: the web server adds the challenge */
	const char *media_wanted;	/* static: what a 415 says to send; "" until set */
	int status;
	const char *media;		/* static: of the body */
	const char *cache;		/* static: Cache-Control */
	const char *referrer;		/* static: Referrer-Policy of a page */
	char headers[REPLY_HEADERS_SIZE];
	size_t headers_len;
	char *body;			/* owned, secret; NULL for none */
};

/* Begins a reply with 200, no body and Cache-Control: no-store. config is borrowed. */
void reply_init(struct reply *reply, const struct config *config, enum family family);

/*
 * Adds a header line. name and value are ours, never a request's. Returns false, and leaves the
 * line out whole, when there is no room; settings are bounded, so that what they contain fits.
 */
bool reply_header(struct reply *reply, const char *name, const char *value);

/* Adds a line made by a format, which ends in "\r\n"; returns as reply_header() does. */
__attribute__((format(printf, 2, 3)))
bool reply_header_line(struct reply *reply, const char *format, ...);

/* ---- JSON, in reply_json.c. ERR_MEMORY: none is left. */

/*
 * Makes the reply 200 with tokens (RFC 6749, section 5.1) and the scope granted, which is left out
 * where it is "" and none was requested (NULL).
 */
ERR_CHECKED enum err reply_token(struct reply *reply, const struct grant_tokens *tokens,
    const char *requested);

/*
 * Makes the reply 200 with a user: id, username and is_active; with `profile = yes` also email,
 * full_name and disabled.
 */
ERR_CHECKED enum err reply_user(struct reply *reply, const struct user *user);

/* Makes the reply 200 with what is told of a token (RFC 7662, section 2.2). */
ERR_CHECKED enum err reply_introspection(struct reply *reply, const struct introspection *told);

/* Does it for a user just made: always the first three alone, with the dialect's status. */
ERR_CHECKED enum err reply_created(struct reply *reply, const struct user *user);

/* ---- other kinds */

/*
 * Makes the reply 200 with a public document that may be kept for max_age seconds, and a strong
 * ETag made of its bytes; or 304 where if_none_match, the request's header or "", names that ETag
 * (RFC 9110, section 13.1.2). media is static, text is copied. Returns ERR_MEMORY when there is
 * no memory.
 */
ERR_CHECKED enum err reply_document(struct reply *reply, const char *if_none_match,
    const char *media, const char *text, long max_age);

/*
 * Makes the reply a page in HTML that loads nothing but what our own site serves, and that no
 * other page can frame (protocol section 17.2). html is taken; it may be NULL, as in
 * reply_set_body(). Returns ERR_MEMORY, or ERR_INTERNAL when the headers do not fit.
 */
ERR_CHECKED enum err reply_page(struct reply *reply, int status, char *html);

/*
 * Makes the reply 303 to an address of ours, or to one that return_address_is_allowed() (RFC 9110,
 * section 15.4.4). Returns ERR_INTERNAL when it is too long, or has a space or a control
 * character.
 */
ERR_CHECKED enum err reply_redirect(struct reply *reply, const char *location);

/*
 * Adds a Set-Cookie header to whatever the reply is. Returns ERR_INTERNAL, logged, when the cookie
 * cannot be written or does not fit.
 */
ERR_CHECKED enum err reply_cookie(struct reply *reply, const struct cookie *cookie);

/* How a web server is told the name and the address of a user. */
enum reply_names { REPLY_NAMES_ENCODED, REPLY_NAMES_UTF8 };

/*
 * Makes the reply 200 without a body and with the headers of protocol sections 11.2 and 24.6:
 * X-Auth-Sub and so on; for an authorizer the variables AUTH_SUB and so on, and REMOTE_USER.
 * Returns ERR_INTERNAL, logged, when they do not fit, or when a name that should be told as it is
 * would be another one to who reads it: it has a control character, or a blank at an end.
 */
ERR_CHECKED enum err reply_identity(struct reply *reply, const struct identity *identity,
    enum reply_names names);

/* Makes the reply 204, for OPTIONS. */
void reply_nothing(struct reply *reply);

/* Makes the reply the answer to an error; whatever it held before is gone. */
void reply_fail(struct reply *reply, const struct context *context, enum err err);

/*
 * Makes text the body: it is taken, and released with secret_free(); media is static. text may be
 * NULL, where there was no memory for it: ERR_MEMORY is returned then.
 */
ERR_CHECKED enum err reply_set_body(struct reply *reply, const char *media, char *text);

/* ---- sending */

/*
 * Sends the reply, without the body when the method is HEAD. Returns false when the client has
 * gone or there is no memory.
 */
bool reply_send(const struct reply *reply, struct wire *wire, enum method method);

/* Wipes the headers, and wipes and frees the body. */
void reply_clear(struct reply *reply);

#endif
