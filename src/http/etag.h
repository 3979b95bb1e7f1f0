/*
 * etag: tells one version of a document from another (RFC 9110, section 8.8.3).
 */
#ifndef BEARWARD_HTTP_ETAG_H
#define BEARWARD_HTTP_ETAG_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

enum { ETAG_LEN = 16, ETAG_SIZE = BASE64_SIZE(ETAG_LEN) + 2 };

/* Makes a strong ETag of the bytes of a document. Returns ERR_MEMORY when there is no memory. */
ERR_CHECKED enum err etag_make(const char *text, char etag[ETAG_SIZE]);

/*
 * Returns whether an If-None-Match header names the ETag: the header is "*", or a list with it, in
 * which a weak one counts as well (RFC 9110, section 13.1.2). What follows a mistake in the list
 * is not read.
 */
bool etag_is_named(const char *if_none_match, const char *etag);

#endif
