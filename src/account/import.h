/*
 * import: takes the users of another program, all in one transaction.
 *
 * Where they come from, and which column says what, is for `text/user_source.h`; what cells mean
 * is for `text/user_values.h`. The rules here are about users together:
 *
 * - Who is there already, by the name that a sign-in looks up, is left alone.
 * - Of two rows with one name, the first is taken, and the other one refused.
 * - Ids are kept as long as there was never a user in the database; else everyone gets a new one,
 *   as does who has none that can be kept.
 * - A hash is stored only when passwords can be checked against it. What else stands there may be
 *   a password.
 *
 * A row that is refused does not keep others from being taken. When anything else fails, nobody
 * is: a file that cannot be read to its end, a full disk, a process that is killed.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_H
#define BEARWARD_ACCOUNT_IMPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "account/context.h"
#include "config/config.h"
#include "text/user_columns.h"

enum import_format {
	IMPORT_DATABASE,	/* of SQLite; see store/foreign.h */
	IMPORT_CSV,
	IMPORT_NDJSON,
	IMPORT_HTPASSWD,
};

/* A file that users are read from. */
struct import_file;

/*
 * Opens a file, and what belongs to a database beside it. Nothing else is opened by path later:
 * the process may change its account in between. "-" is standard input, where no database can be.
 * The database of bearward itself is refused. *file is owned: import_close(). Returns ERR_SETUP,
 * said in faults, or ERR_MEMORY.
 */
ERR_CHECKED enum err import_open(enum import_format format, const char *path,
    const struct config *config, struct import_file **file, FILE *faults);

/* Accepts NULL. */
void import_close(struct import_file *file);

struct import_options {
	struct user_columns_named named;
	bool is_dry_run;	/* change nothing */
	bool is_verbose;	/* report also those of whom there is nothing to remark */
	FILE *report;		/* borrowed: for what became of whom, once that is for good */
	FILE *faults;		/* borrowed: for what keeps all from being taken, and progress */
};

/*
 * Imports the users, and counts those that were refused. Returns ERR_SETUP, said in faults,
 * ERR_STORAGE, logged, or ERR_MEMORY; nobody was taken then, and nothing reported.
 */
ERR_CHECKED enum err import_run(struct context *context, struct import_file *file,
    const struct import_options *options, int64_t *refused);

#endif
