/* import: takes the users of another program, all in one transaction. */
#include "account/import.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "account/audit.h"
#include "account/dummy.h"
#include "account/import_internal.h"
#include "account/import_row.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/spool.h"
#include "hash/password.h"

enum { PROGRESS_PERIOD = 1000 };	/* milliseconds */

void
import_show_progress(struct import *import, int64_t rows, int64_t total)
{
	const int64_t now = clock_ms();

	if (now - import->shown_at < PROGRESS_PERIOD)
		return;
	import->shown_at = now;
	if (total == 0)
		fprintf(import->options->faults, "%" PRId64 " users read\n", rows);
	else
		fprintf(import->options->faults, "%" PRId64 " of %" PRId64 " users done\n", rows,
		    total);
	(void)fflush(import->options->faults);
}

enum err
import_note_file_error(enum err err)
{
	if (err == ERR_STORAGE)
		log_event(LEVEL_ERROR, "cannot keep what is imported in state_dir",
		    LOG_TEXT("reason", strerror(errno)));
	return err;
}

/* Finds the kind of a hash. What is none may be a password: only that it was there is kept. */
static void
find_scheme(struct import_row *row)
{
	char *hash = row->values.hash;

	if (hash == NULL || (row->scheme = password_scheme(hash)) != NULL)
		return;
	secret_wipe(hash, strlen(hash));
}

/* Works out what a row means, and keeps that. */
static enum err
survey_row(const struct user_cell cells[USER_ROLES], struct user_where where, void *arg)
{
	struct import *import = arg;
	struct import_row row = { .where = where };	/* owns its values */
	enum err err = user_values_read(&import->rules, cells, &row.values);

	if (err != ERR_OK)
		goto out;
	find_scheme(&row);
	if (row.values.id >= import->after_file)
		import->after_file = row.values.id + 1;
	user_report_read(&import->surveyed, &import->source.columns, cells);
	err = import_note_file_error(import_row_write(import->rows, &row));
	import_show_progress(import, import->surveyed.read, 0);
out:
	user_values_clear(&row.values);
	return err;
}

/* Reads all of the file, while nobody waits for the database. */
static enum err
survey(struct import *import, struct import_file *file)
{
	const struct config *config = import->context->service->config;
	enum err err = import_file_read(file, config, &import->options->named,
	    import->options->faults, &import->source);

	if (err != ERR_OK)
		return err;
	import->rules = (struct user_rules){
		.names = import->source.names, .columns = &import->source.columns,
		.named = &import->options->named, .restricted_scopes = config->restricted_scopes,
	};
	err = import->source.read(&import->source, survey_row, import);
	if (err == ERR_OK && fflush(import->rows) != 0)
		err = import_note_file_error(ERR_STORAGE);
	return err;
}

/* Tells of an import that is for good, or of a dry run. */
static void
tell(struct import *import)
{
	FILE *out = import->report.out;
	bool was_reading;

	if (!import->options->is_dry_run && import->report.taken > 0) {
		audit_import(import->context, import->report.taken);
		dummy_expire(import->context);
	}
	rewind(out);
	/* Whoever has opened the report looks for errors in it. */
	(void)!spool_copy(out, import->options->report, &was_reading);
}

/* Makes the files for what rows mean, and for the report. */
static enum err
make_files(struct import *import)
{
	const char *directory = import->context->service->config->state_dir;
	enum err err = spool_new(directory, &import->rows);

	if (err == ERR_OK)
		err = spool_new(directory, &import->surveyed.out);
	return import_note_file_error(err);
}

static void
clear(struct import *import)
{
	import_seen_clear(&import->seen);
	user_source_close(&import->source);
	if (import->rows != NULL)
		(void)fclose(import->rows);
	if (import->surveyed.out != NULL)
		(void)fclose(import->surveyed.out);
}

enum err
import_run(struct context *context, struct import_file *file,
    const struct import_options *options, int64_t *refused)
{
	struct import import = {
		.context = context, .options = options, .after_file = 1, .shown_at = clock_ms(),
		.surveyed = { .is_verbose = options->is_verbose,
		    .is_dry_run = options->is_dry_run },
	};
	enum err err;

	*refused = 0;
	if ((err = make_files(&import)) != ERR_OK)
		goto out;
	if ((err = survey(&import, file)) == ERR_OK)
		err = import_take(&import);
	if (err == ERR_REFUSED) {
		fprintf(options->faults, "%s\n", import.source.fault);
		err = ERR_SETUP;
	}
	if (err != ERR_OK)
		goto out;
	tell(&import);
	*refused = import.report.refused;
out:
	clear(&import);
	return err;
}
