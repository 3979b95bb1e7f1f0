/*
 * token_claims: writes, checks and takes over what a token says (RFC 7519; protocol section 4.1).
 * For this room alone: token.c calls it for claims under a signature that has been found good.
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

/*
 * Writes the claims of a token for subject, valid from now (seconds since 1970): *json is owned,
 * released with free(). Returns ERR_MEMORY on failure; *json is then NULL.
 */
ERR_CHECKED enum err token_claims_write(const struct config *config,
    const struct token_subject *subject, int64_t now, char **json);

/*
 * Returns NULL when claims are good at now (seconds since 1970), or the name of one that is absent
 * or wrong; static.
 */
const char *token_claims_find_wrong(const struct config *config,
    const struct json_object *claims, enum token_kind kind, int64_t now);

/*
 * Takes what a token has room for from claims in which nothing is wrong, which were payload_len
 * bytes of JSON. token holds nothing before, and nothing on failure. Returns ERR_MEMORY when
 * there is no memory.
 */
ERR_CHECKED enum err token_claims_take(const struct json_object *claims, size_t payload_len,
    enum token_kind kind, struct token *token);

#endif
