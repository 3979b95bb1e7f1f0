/*
 * import, internal to account/: an import under way, and its steps.
 */
#ifndef BEARWARD_ACCOUNT_IMPORT_INTERNAL_H
#define BEARWARD_ACCOUNT_IMPORT_INTERNAL_H

#include "account/import.h"
#include "account/import_seen.h"
#include "text/user_report.h"
#include "text/user_source.h"
#include "text/user_values.h"

struct foreign;

/* An import under way. */
struct import {
	struct context *context;		/* borrowed */
	const struct import_options *options;	/* borrowed */
	struct user_source source;		/* owned */
	struct user_rules rules;
	FILE *rows;				/* owned: what all rows mean */
	struct user_report surveyed;		/* what can be counted before they are taken */
	struct user_report report;
	struct db_connection *connection;	/* borrowed, while the transaction lasts */
	struct import_seen seen;		/* owned: of all rows before */
	int64_t highest_id;			/* that a user had before; those above are kept */
	int64_t after_file;			/* the first id above all of the file */
	int64_t next_id;			/* above those, and above all given before */
	bool is_done;				/* the transaction has come to its end */
	int64_t shown_at;			/* when progress was said, in ms of clock_ms() */
};

/*
 * Make a file or a database a source of rows; what cannot be read twice is copied into state_dir
 * first. The source borrows from it, and from named and faults. Return ERR_REFUSED, with a fault
 * in source, ERR_SETUP, said in faults, or ERR_MEMORY. user_source_close() follows in any case.
 */
ERR_CHECKED enum err import_file_read(struct import_file *file, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source);
ERR_CHECKED enum err import_database_read(struct foreign *foreign, const struct config *config,
    const struct user_columns_named *named, FILE *faults, struct user_source *source);

/*
 * Takes all rows that have been kept, in one transaction, and reports that into the file of the
 * import; a dry run is undone. Returns ERR_STORAGE, logged, or ERR_MEMORY; nobody is taken then.
 */
ERR_CHECKED enum err import_take(struct import *import);

/* Says every second how many rows are done; total is 0 as long as it is not known. */
void import_show_progress(struct import *import, int64_t rows, int64_t total);

/* Logs it when a file in state_dir could not be written or read. Returns err. */
ERR_CHECKED enum err import_note_file_error(enum err err);

#endif
