/*
 * user_source: gives the users of another program, row by row, as cells by role; from a file of
 * comma-separated values, of JSON objects, or of name:hash.
 *
 * A source is read from the start as often as wanted: once to see whether all of it can be read,
 * and then to take the users.
 */
#ifndef BEARWARD_TEXT_USER_SOURCE_H
#define BEARWARD_TEXT_USER_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "text/user_cell.h"
#include "text/user_columns.h"

enum { USER_SOURCE_FAULT_SIZE = USER_COLUMNS_FAULT_SIZE, USER_SOURCE_NAMES_MAX = 1024 };

/* Takes one row: a cell for each role, borrowed. What is not ERR_OK ends the reading. */
typedef enum err user_source_take(const struct user_cell cells[USER_ROLES],
    struct user_where where, void *arg);

struct user_source {
	const char *table;		/* borrowed: of a database; NULL: there is none */
	const char *const *names;	/* borrowed: of the columns */
	struct user_columns columns;
	char fault[USER_SOURCE_FAULT_SIZE];	/* what ERR_REFUSED means; fit for a terminal */

	/*
	 * Gives each row to take. Returns ERR_REFUSED, with a fault, when something cannot be
	 * read.
	 */
	enum err (*read)(struct user_source *source, user_source_take *take, void *arg);
	void (*close)(struct user_source *source);	/* NULL: nothing is open */
	void *state;			/* owned by the source */
};

/*
 * Open a source. in is borrowed until user_source_close(), which follows in any case, and can be
 * rewound. Return ERR_REFUSED, with a fault, or ERR_MEMORY.
 *
 * csv: the first line names the columns. All cells are texts; an empty field is an empty text.
 *
 * ndjson: each line is an object; empty lines are none. The columns are all members that any of
 * the objects has. true and false are 1 and 0; a list of texts is a text with blanks between.
 *
 * htpasswd: each line is name:hash, and what follows a further colon is a comment, as are lines
 * that begin with '#'.
 */
ERR_CHECKED enum err user_source_open_csv(struct user_source *source, FILE *in,
    const struct user_columns_named *named);
ERR_CHECKED enum err user_source_open_ndjson(struct user_source *source, FILE *in,
    const struct user_columns_named *named);
ERR_CHECKED enum err user_source_open_htpasswd(struct user_source *source, FILE *in);

/* Closes a source of any kind. Accepts one that is all zeros. */
void user_source_close(struct user_source *source);

#endif
