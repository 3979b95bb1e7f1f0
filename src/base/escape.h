/*
 * escape: makes text from outside safe for a log line or a terminal.
 *
 * Bytes that are not UTF-8, characters that end a line or control a terminal (C0, C1, line
 * separators), those that cannot be seen or turn the direction of a text round (U+202E, zero width
 * ones), private and unassigned ones, quotation marks and backslashes become \xNN, byte by byte.
 * Everything else stays as it is.
 */
#ifndef BEARWARD_BASE_ESCAPE_H
#define BEARWARD_BASE_ESCAPE_H

#include <stddef.h>

enum { ESCAPE_SIZE = sizeof("\\xNN") };	/* has room for any one character, too */

/*
 * Writes the first character of text, which is not empty, to out, escaped if necessary. Returns
 * how many bytes of text that was.
 */
size_t escape_next(const char *text, char out[ESCAPE_SIZE]);

/* Writes text to out, escaped, and as much of it as fits into size bytes. Returns out. */
const char *escape_text(const char *text, char *out, size_t size);

#endif
