/*
 * lines: reads a file of text lines, with their numbers, from the start as often as wanted.
 */
#ifndef BEARWARD_TEXT_LINES_H
#define BEARWARD_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { LINES_LEN_MAX = 1024 * 1024, LINES_FAULT_SIZE = 256 };

struct lines {
	FILE *in;		/* borrowed */
	int64_t number;		/* of the line that was read last; the first is 1 */
	char *text;		/* owned, secret: the line without its end, and a NUL behind it */
	size_t len;
};

/* Begins to read; in is borrowed and can be rewound. ERR_MEMORY; lines_clear() follows anyway. */
ERR_CHECKED enum err lines_init(struct lines *lines, FILE *in);

/* Wipes and frees the text. */
void lines_clear(struct lines *lines);

/* Goes back to the first line, behind a byte order mark. */
void lines_rewind(struct lines *lines);

/*
 * Reads the next line, which ends with LF, with CR LF, or with the file. *is_there is false at the
 * end. Returns ERR_REFUSED, with a sentence in fault, when a line is longer than a MiB or the file
 * cannot be read.
 */
ERR_CHECKED enum err lines_next(struct lines *lines, bool *is_there,
    char fault[LINES_FAULT_SIZE]);

/* Goes to the start of a file, behind a byte order mark (UTF-8), which Windows likes to write. */
void lines_skip_mark(FILE *in);

#endif
