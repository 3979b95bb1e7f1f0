/* browser_internal: how `browser` reads a cookie. For the files of `browser` alone. */
#ifndef BEARWARD_ACCOUNT_BROWSER_INTERNAL_H
#define BEARWARD_ACCOUNT_BROWSER_INTERNAL_H

#include <stdbool.h>

#include "store/sessions.h"

/* Makes the digest of a cookie; false for NULL, and for what cannot be a cookie of ours. */
bool browser_read_cookie(const char *cookie, unsigned char digest[SESSIONS_DIGEST_LEN]);

#endif
