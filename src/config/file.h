/*
 * config_file, internal to config/: reads a file of `key = value` lines, line by line.
 *
 * It skips blank lines and lines that begin with '#', and trims blanks around key and value. A
 * line may end in CR LF. There is no quoting. It does not know what the keys mean.
 */
#ifndef BEARWARD_CONFIG_FILE_H
#define BEARWARD_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CONFIG_LINE_MAX = 2048 };

struct config_line {
	unsigned number;		/* counts from 1; 0 before the first line */
	const char *fault;		/* static: what is wrong with the line, or NULL */
	char *key;			/* borrowed from text; valid when fault is NULL */
	char *value;			/* borrowed from text; "" when the line has none */
	char text[CONFIG_LINE_MAX + 1];
};

/* Reads the next line that is not skipped. Returns false at the end and when reading fails. */
bool config_file_next(FILE *file, struct config_line *line);

/* Returns why text cannot be a value (static), or NULL when it can. */
const char *config_file_find_fault(const char *text, size_t len);

#endif
