/*
 * conf_file: a file of `key = value` lines, read line by line.
 *
 * Blank lines and lines that begin with '#' are passed over; blanks around key and value are cut
 * off; a line may end in CR LF. There is no quoting. What the keys mean is not known here.
 * For the files of `config` alone.
 */
#ifndef BEARWARD_CONF_FILE_H
#define BEARWARD_CONF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CONF_LINE_MAX = 2048 };

struct conf_line {
	unsigned number;		/* from 1; 0 before the first line */
	const char *fault;		/* static: what is wrong with the line; NULL: nothing */
	char *key;			/* borrowed from text; without fault only */
	char *value;			/* borrowed from text; "" where there is none */
	char text[CONF_LINE_MAX + 1];
};

/* Goes on to the next line that says something; false at the end, or when reading fails. */
bool conf_file_next(FILE *file, struct conf_line *line);

/* What keeps text from being a value: static; NULL when nothing does. */
const char *conf_fault_of_text(const char *text, size_t len);

#endif
