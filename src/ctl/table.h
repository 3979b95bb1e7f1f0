/*
 * table: prints a list: in columns for a person, as JSON for a program.
 *
 * On a terminal, or with --columns, a list is a heading and a line for each item, whose columns
 * are aligned; in a pipe or a file, or with --json, each item is a JSON object on a line.
 *
 * Some lines are kept back to learn how wide their columns are, whatever the length of the list.
 * A line that is wider than the terminal is cut where its columns allow that, and else continued,
 * between columns, on a line that is indented.
 */
#ifndef BEARWARD_CTL_TABLE_H
#define BEARWARD_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/ctl.h"

enum { TABLE_COLUMNS_MAX = 12, TABLE_TEXT_SIZE = 1 << 16 };

struct table_column {
	const char *heading;
	enum {
		TABLE_WHOLE,	/* is never cut, such as a name that may be typed again */
		TABLE_NUMBER,	/* likewise, and stands to the right */
		TABLE_CUT	/* ends with "~" where the terminal is too narrow */
	} kind;
};

/* A list under way: about 64 KiB. Only the flag is for others. */
struct table {
	bool is_json;			/* items are to be printed by ctl_print_object() */
	bool has_begun;			/* the heading is out */
	int width;			/* of the terminal; 0: as wide as it takes */
	size_t column_count;
	const struct table_column *columns;	/* borrowed */
	int widest[TABLE_COLUMNS_MAX];
	size_t len;			/* of text: cells of lines kept back, with their NULs */
	char text[TABLE_TEXT_SIZE];
};

/* Begins a list; the columns are borrowed until it ends. */
void table_init(struct table *table, const struct ctl *ctl, const struct table_column *columns,
    size_t column_count);

/*
 * Adds a line of columns: a text for each. They may be anything: what could steer a terminal is
 * escaped, and "-" stands for "" and for NULL.
 */
void table_add(struct table *table, const char *const *cells);

/* Prints what was kept back, and the heading also where there was nothing. */
void table_flush(struct table *table);

#endif
