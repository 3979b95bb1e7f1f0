/*
 * header: reads the parameters of a header's value, "; name=value" (RFC 9110, section 5.6.6), and
 * the labels of character encodings.
 */
#ifndef BEARWARD_TEXT_HEADER_H
#define BEARWARD_TEXT_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed from the header. A value has no quotation marks, but may have backslashes in it. */
struct header_parameter {
	const char *name;
	size_t name_len;
	const char *value;
	size_t value_len;	/* 0 also where there is no "=" */
};

/*
 * Tells whether a header is that value, in any case, whatever parameters it has. *rest is what
 * follows the value of the header in either case.
 */
bool header_is_value(const char *header, const char *value, const char **rest);

/*
 * Takes the next parameter off *rest, which is what follows the value of a header, or the
 * parameter before. Returns false when there is none: *rest is "" then, or begins with what cannot
 * be a parameter.
 */
bool header_next_parameter(const char **rest, struct header_parameter *parameter);

/* Tells whether the name of a parameter is that name, in any case. */
bool header_is_parameter(const struct header_parameter *parameter, const char *name);

/*
 * Tells whether the value of a parameter `charset` is a label of UTF-8 (as the WHATWG Encoding
 * Standard lists them) or of US-ASCII, which is a part of it.
 */
bool header_is_utf8(const struct header_parameter *charset);

#endif
