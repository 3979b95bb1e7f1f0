/*
 * fill: puts names and numbers into a text of SQL. For the files of `postgresql` alone.
 */
#ifndef BEARWARD_STORE_POSTGRESQL_FILL_H
#define BEARWARD_STORE_POSTGRESQL_FILL_H

enum { FILL_SIZE = 4096 };

/* What stands for a name in braces, such as "{writer}". */
struct fill_name {
	const char *name;	/* NULL: the end of a list */
	const char *value;
};

/* Writes a text with the names replaced; other braces stay. Returns out. A long one aborts. */
const char *fill_in(const char *text, const struct fill_name *names, char out[FILL_SIZE]);

#endif
