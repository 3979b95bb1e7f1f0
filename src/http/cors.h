/*
 * cors: lets pages of other origins read our answers (protocol section 1.15; the Fetch Standard's
 * CORS protocol).
 *
 * An origin that is allowed is one that stands in the setting allowed_origins. Nothing here lets a
 * page send cookies or read answers to them.
 */
#ifndef BEARWARD_HTTP_CORS_H
#define BEARWARD_HTTP_CORS_H

#include "http/reply.h"
#include "http/wire.h"

/* Whose pages may read the answers of an endpoint: nobody's, or those of allowed_origins. */
enum cors { CORS_NEVER, CORS_LISTED };

/*
 * Adds to any answer of an endpoint with these methods (of enum method) what lets the page that
 * asks read it, and to the answer to a preflight what the page may send. Adds nothing while
 * allowed_origins is empty.
 */
void cors_add(struct reply *reply, const struct wire *wire, unsigned methods);

#endif
