/*
 * csv: reads comma-separated values (RFC 4180) strictly, with the lines where records begin.
 *
 * Lines end with LF or CR LF. A field in quotation marks may hold separators, line feeds and, each
 * written twice, quotation marks. The separator is a comma; where the first line has none, a
 * semicolon, or else a tab. Empty lines are no records. A quotation mark in the midst of a field,
 * or one that is never closed, is a fault: what follows could not be told apart.
 */
#ifndef BEARWARD_TEXT_CSV_H
#define BEARWARD_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum { CSV_FIELDS_MAX = 1024, CSV_LEN_MAX = 1024 * 1024, CSV_FAULT_SIZE = 256 };

struct csv {
	FILE *in;		/* borrowed */
	char separator;
	int64_t line;		/* where the record begins that was read last */
	size_t count;		/* fields of that record */
	const char *fields[CSV_FIELDS_MAX];	/* each NUL-terminated, and may hold any bytes */
	size_t lens[CSV_FIELDS_MAX];
	int64_t line_end;	/* the line where the next record begins */
	char *text;		/* owned, secret: what the fields point into */
	size_t len;
};

/* Begins to read; in is borrowed and can be rewound. ERR_MEMORY; csv_clear() follows anyway. */
ERR_CHECKED enum err csv_init(struct csv *csv, FILE *in);

/* Wipes and frees the text. */
void csv_clear(struct csv *csv);

/* Goes back to the first record, behind a byte order mark. */
void csv_rewind(struct csv *csv);

/*
 * Reads the next record. *is_there is false at the end. Returns ERR_REFUSED, with a sentence in
 * fault that says in which line, for what is no CSV, for a record with more than a MiB or 1024
 * fields, and when the file cannot be read.
 */
ERR_CHECKED enum err csv_next(struct csv *csv, bool *is_there, char fault[CSV_FAULT_SIZE]);

#endif
