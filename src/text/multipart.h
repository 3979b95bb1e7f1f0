/*
 * multipart: parses a multipart/form-data body of text fields (RFC 7578, RFC 2046; protocol
 * section 1.6).
 *
 * It takes what browsers and HTTP libraries make of a form, and refuses files. A body that two
 * readers could read in two ways is refused: lines end in CR LF, headers are not folded, and no
 * line of a field begins with the delimiter.
 */
#ifndef BEARWARD_TEXT_MULTIPART_H
#define BEARWARD_TEXT_MULTIPART_H

#include <stddef.h>

#include "base/err.h"
#include "text/form.h"

enum { MULTIPART_BOUNDARY_MAX = 70 };

/*
 * Splits and decodes body in place; it has len bytes, and the form borrows from it. boundary is
 * the parameter of the media type, with 1 to MULTIPART_BOUNDARY_MAX characters. Returns
 * ERR_MULTIPART when the body is no such form or not UTF-8, ERR_PART when a field is a file or
 * of another type than text/plain in UTF-8, and ERR_FORM or ERR_REPEATED as form_add() does.
 */
ERR_CHECKED enum err multipart_parse(char *body, size_t len, const char *boundary,
    size_t boundary_len, struct form *form);

#endif
