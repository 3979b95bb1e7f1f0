/*
 * gateway: reads what a web server says when it asks about a request of its own (protocol sections
 * 11 and 24).
 */
#ifndef BEARWARD_HTTP_GATEWAY_H
#define BEARWARD_HTTP_GATEWAY_H

#include <stdbool.h>

#include "account/identity.h"
#include "base/err.h"
#include "http/reply.h"
#include "http/request.h"

/*
 * What the web server demands before a request of its own may pass, and how it wants to be told.
 * Texts are borrowed from the request.
 */
struct gateway_demands {
	struct requirements requirements;
	const char *signin;		/* path or URL where a person signs in; "": nowhere */
	bool redirects;			/* it passes a 303 on; false: it makes one of a header */
	bool allows_cross_site;		/* the application defends itself (section 22.3) */
	enum reply_names names;		/* how it is to be told them */
};

/*
 * Returns whether a parameter, NAME=value, has a name that is for us to know, even if we do not: a
 * demand, or one that is misspelt.
 */
bool gateway_is_demand(const char *param);

/*
 * Reads the web server's parameters, which no client can set: REQUIRED_SCOPE, REQUIRED_AUD,
 * REQUIRED_GROUP, REQUIRED_AGE, SIGNIN, SIGNIN_BY, ALLOW_CROSS_SITE and IDENTITY. Returns
 * ERR_SETUP, logged, when one of them is empty, malformed or repeated, or when any other parameter
 * begins with REQUIRED_, SIGNIN or ALLOW_: nobody may be let in before it is known what is
 * required. So does a demand that takes the database, with `verify = stateless`.
 */
ERR_CHECKED enum err gateway_demands(const struct request *request, const struct config *config,
    struct gateway_demands *demands);

/*
 * Does the same for a program that answers in the place of a refusal, as Apache's ErrorDocument:
 * Apache puts REDIRECT_ before the name of each parameter, once or more often, and may hand over
 * one twice.
 */
ERR_CHECKED enum err gateway_redirected_demands(const struct request *request,
    struct gateway_demands *demands);

#endif
