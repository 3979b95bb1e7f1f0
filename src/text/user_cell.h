/*
 * user_cell: what a row of somebody else's users has in a column, and what flags, dates and
 * numbers written by other programs mean.
 */
#ifndef BEARWARD_TEXT_USER_CELL_H
#define BEARWARD_TEXT_USER_CELL_H

#include <stddef.h>
#include <stdint.h>

enum user_cell_type {
	USER_CELL_NULL,		/* also where there is no such column */
	USER_CELL_INTEGER,
	USER_CELL_REAL,
	USER_CELL_TEXT,
	USER_CELL_BYTES,
};

/* What a row has in a column. */
struct user_cell {
	enum user_cell_type type;
	int64_t integer;
	double real;
	const char *data;	/* borrowed: text or bytes; any bytes, and not NUL-terminated */
	size_t len;		/* of data */
};

/* Where a row stands: "id 7", "row 7" or "line 7". */
struct user_where {
	const char *unit;	/* static */
	int64_t number;
};

enum { USER_CELL_SHOWN_SIZE = 256 };

enum user_flag { USER_FLAG_NO, USER_FLAG_YES, USER_FLAG_UNKNOWN };

/*
 * Reads a flag. NULL is no, and so are 0 and the texts "0", "false", "f", "no", "n", "off" and "",
 * in any case and with blanks around; other numbers are yes, and so are the texts "1", "true",
 * "t", "yes", "y" and "on". Everything else is unknown, which counts as "may not sign in".
 */
enum user_flag user_cell_flag(const struct user_cell *cell);

/*
 * Reads a moment: a date or a date and time of ISO 8601, in UTC unless an offset stands there, or
 * a number of seconds since 1970, or of milliseconds where it is above 100000000000. Returns
 * seconds; 0 for everything else, and for what was before 1970 or will be after the year 9999.
 */
int64_t user_cell_moment(const struct user_cell *cell);

/* Writes a cell for a reason or a count: NULL, 1, 0.5, "true", or bytes. Returns shown. */
const char *user_cell_show(const struct user_cell *cell, char shown[USER_CELL_SHOWN_SIZE]);

#endif
