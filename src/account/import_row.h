/*
 * import_row, internal to account/: users who are ready to be taken, kept in a file.
 *
 * What a row means is worked out before the database is locked, so that others wait only while
 * users are written. Only the process that wrote a file can read it.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_ROW_H
#define BEARWARD_ACCOUNT_IMPORT_ROW_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "text/user_values.h"

struct import_row {
	struct user_values values;	/* owned: user_values_clear() */
	struct user_where where;
	const char *scheme;		/* static: of the hash; NULL: none that can be checked */
};

/* Appends a row. ERR_STORAGE: errno says why. */
ERR_CHECKED enum err import_row_write(FILE *file, const struct import_row *row);

/*
 * Reads the next row; *is_there is false at the end of the file. ERR_STORAGE: errno says why;
 * ERR_MEMORY. The values are to be cleared in any case.
 */
ERR_CHECKED enum err import_row_read(FILE *file, struct import_row *row, bool *is_there);

#endif
