/*
 * token_claims: what a token must say, and what is taken of it (RFC 7519; protocol section 4.1).
 *
 * A part of `token`, which calls it for claims under a signature that has been found right.
 */
#ifndef BEARWARD_TOKEN_CLAIMS_H
#define BEARWARD_TOKEN_CLAIMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "token/token.h"

struct json_object;

/* TOKEN_TUTORIAL: made by the tutorial's application; it has a name, and nothing else counts. */
enum token_kind { TOKEN_OWN, TOKEN_TUTORIAL, TOKEN_KINDS };

/* NULL, or the name of a claim that is absent or wrong; now is seconds since 1970. Static. */
const char *token_claims_find_wrong(const struct config *config,
    const struct json_object *claims, enum token_kind kind, int64_t now);

/*
 * Takes from claims in which nothing is wrong, made of payload_len bytes of JSON, what token, which
 * is empty, has room for. ERR_INTERNAL: no memory.
 */
ERR_CHECKED enum err token_claims_take(const struct json_object *claims, size_t payload_len,
    enum token_kind kind, struct token *token);

#endif
