/*
 * media: the media types of bodies that endpoints read (protocol section 1.6).
 */
#ifndef BEARWARD_HTTP_MEDIA_H
#define BEARWARD_HTTP_MEDIA_H

#include <stddef.h>

#include "base/err.h"

/* An endpoint takes a set of them. */
enum media { MEDIA_NONE = 0, MEDIA_FORM = 1, MEDIA_JSON = 2, MEDIA_MULTIPART = 4 };

/* What a Content-Type header announces; borrowed from it. */
struct media_type {
	enum media media;
	const char *boundary;	/* of MEDIA_MULTIPART */
	size_t boundary_len;
};

/* Returns the name of the medium of a set that a client does best to send, "" for none; static. */
const char *media_name(unsigned media);

/*
 * Reads a Content-Type header; type is borrowed from it. Returns ERR_MEDIA_TYPE when it is none of
 * the set, ERR_CHARSET when its charset is not UTF-8 or a part of it, and ERR_BOUNDARY when a
 * multipart type has no boundary that could be one (RFC 2046, section 5.1.1).
 */
ERR_CHECKED enum err media_read(const char *header, unsigned media, struct media_type *type);

#endif
