/*
 * foreign_internal, internal to store/: what a copy of another program's database consists of.
 */
#ifndef BEARWARD_STORE_SQLITE_FOREIGN_INTERNAL_H
#define BEARWARD_STORE_SQLITE_FOREIGN_INTERNAL_H

#include <sqlite3.h>

#include "store/foreign.h"
#include "store/sqlite/foreign_files.h"
#include "store/sqlite/scratch.h"

/* A table or view, and its columns, without those that only a virtual table has. */
struct foreign_table {
	char *name;			/* owned; NULL: none */
	char **columns;			/* owned, each owned */
	size_t count;			/* of columns */
	bool is_view;
};

struct foreign {
	struct foreign_files files;
	struct scratch scratch;
	sqlite3 *sqlite;		/* owned; NULL until there is a copy */
	int64_t steps;			/* millions that a statement took since its last row */
	struct foreign_table table;	/* of users */
	struct user_columns columns;	/* of it */
};

/* Says in words why a call of SQLite has failed; returns ERR_SETUP, or ERR_MEMORY. */
enum err foreign_fail(const struct foreign *foreign, FILE *report);

/* Prepares a statement; *statement is owned: sqlite3_finalize(). */
ERR_CHECKED enum err foreign_prepare(struct foreign *foreign, const char *sql,
    sqlite3_stmt **statement, FILE *report);

void foreign_clear_table(struct foreign_table *table);

#endif
