/*
 * config_file: a file of `key = value` lines, read line by line.
 *
 * Blank lines and lines that begin with '#' are passed over; blanks around key and value are cut
 * off; a line may end in CR LF. There is no quoting. What the keys mean is not known here.
 * For the files of `config` alone.
 */
#ifndef BEARWARD_CONFIG_FILE_H
#define BEARWARD_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CONFIG_LINE_MAX = 2048 };

struct config_line {
	unsigned number;		/* from 1; 0 before the first line */
	const char *fault;		/* static: what is wrong with the line; NULL: nothing */
	char *key;			/* borrowed from text; without fault only */
	char *value;			/* borrowed from text; "" where there is none */
	char text[CONFIG_LINE_MAX + 1];
};

/* Goes on to the next line that says something; false at the end, or when reading fails. */
bool config_file_next(FILE *file, struct config_line *line);

/* What keeps text from being a value: static; NULL when nothing does. */
const char *config_fault_of_text(const char *text, size_t len);

#endif
