/*
 * escape: text that may come from anywhere is made fit for a log line or a terminal.
 *
 * What is not UTF-8, ends a line or steers a terminal (C0, C1, line separators), quotation marks
 * and backslashes become \xNN, byte by byte; everything else stays as it is.
 */
#ifndef BEARWARD_BASE_ESCAPE_H
#define BEARWARD_BASE_ESCAPE_H

#include <stddef.h>

enum { ESCAPE_SIZE = sizeof("\\xNN") };		/* room for one character, too */

/*
 * Writes the next character of a text that is not empty, escaped if it must be. Returns how many
 * bytes of text it stands for.
 */
size_t escape_next(const char *text, char out[ESCAPE_SIZE]);

/* Escapes all of text, or as many characters as size has room for; returns out. */
const char *escape_text(const char *text, char *out, size_t size);

#endif
