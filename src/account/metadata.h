/*
 * metadata: tells programs what this service is and where its endpoints are (RFC 8414; protocol
 * sections 9 and 31).
 *
 * All of it is made of the settings, and none of a request. What the settings switch off is not
 * named.
 */
#ifndef BEARWARD_ACCOUNT_METADATA_H
#define BEARWARD_ACCOUNT_METADATA_H

#include "base/err.h"
#include "config/config.h"

/* Where it is, below the host of the issuer, and where the keys are, below public_url. */
#define METADATA_PATH "/.well-known/oauth-authorization-server"
#define METADATA_KEYS_PATH "/.well-known/jwks.json"

/*
 * Returns NULL, or why no metadata can be true of these settings, and what to do about it; static.
 * The issuer and the address of the endpoints have to be https, and there has to be a grant.
 */
const char *metadata_find_fault(const struct config *config);

enum { METADATA_PATH_SIZE = sizeof(METADATA_PATH) + 255 };

/*
 * Writes the path at which a client looks for it: METADATA_PATH, with the path of the issuer after
 * it (RFC 8414, section 3.1). For settings without a fault.
 */
void metadata_path(const struct config *config, char path[METADATA_PATH_SIZE]);

/*
 * Writes it as JSON, for settings without a fault. *text is owned: free(). Returns ERR_MEMORY, and
 * *text is then NULL.
 */
ERR_CHECKED enum err metadata_write(const struct config *config, char **text);

#endif
