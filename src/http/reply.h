/*
 * reply: an answer in the making: a status, headers, a JSON body (protocol sections 1.3, 1.4,
 * 1.12).
 *
 * An endpoint that succeeds calls one of the functions that fill in a body; one that fails returns
 * its enum err, and reply_fail() makes the answer of it. reply_send() adds what every answer
 * carries. No value from a request is ever copied into a header, except what a verified token
 * says, percent-encoded, by reply_identity().
 */
#ifndef BEARWARD_HTTP_REPLY_H
#define BEARWARD_HTTP_REPLY_H

#include "account/account.h"
#include "base/err.h"
#include "config/config.h"
#include "http/method.h"
#include "http/wire.h"
#include "store/users.h"
#include "text/faults.h"

/*
 * The two shapes of errors (protocol section 1.4). FAMILY_GATEWAY has the first, and only the
 * statuses that a web server understands as an answer to its own question (section 11.2).
 */
enum family { FAMILY_RESOURCE, FAMILY_OAUTH, FAMILY_GATEWAY };

enum { REPLY_HEADERS_SIZE = 4096 };

struct reply {
	const struct config *config;	/* borrowed */
	enum family family;
	bool is_to_authorizer;		/* false until set; see struct wire */
	int status;
	char headers[REPLY_HEADERS_SIZE];
	size_t headers_len;
	char *body;			/* owned, secret; NULL for none */
	struct faults faults;		/* what a 422 answer lists */
	const char *scope_needed;	/* borrowed; "" for none: named by a 403 (RFC 6750, 3) */
};

void reply_init(struct reply *reply, const struct config *config, enum family family);

/* Adds a header line; both are ours, never a request's. */
void reply_header(struct reply *reply, const char *name, const char *value);

/* 200 with an access token (RFC 6749, section 5.1). scope "" is left out. */
ERR_CHECKED enum err reply_token(struct reply *reply, const char *jwt, const char *scope);

/* 200 with a user as the tutorial shows one. */
ERR_CHECKED enum err reply_user(struct reply *reply, const struct user *user);

/* The same for a user just made, with the dialect's status. */
ERR_CHECKED enum err reply_created(struct reply *reply, const struct user *user);

/*
 * 200 without a body and with the headers of protocol section 11.2: X-Auth-Sub and so on; for
 * an authorizer the variables AUTH_SUB and so on, and REMOTE_USER. ERR_INTERNAL, logged: they do
 * not fit.
 */
ERR_CHECKED enum err reply_identity(struct reply *reply, const struct identity *identity);

/* 204, for OPTIONS. */
void reply_nothing(struct reply *reply);

/* Makes the error answer; whatever the reply held before is gone. */
void reply_fail(struct reply *reply, enum err err);

/* Sends it, without the body when the method is HEAD; false when the client has gone. */
bool reply_send(const struct reply *reply, struct wire *wire, enum method method);

/* Wipes and frees the body. */
void reply_clear(struct reply *reply);

#endif
