/* import: takes the users of another program, all in one transaction. */
#include "account/import.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/audit.h"
#include "account/dummy.h"
#include "account/import_internal.h"
#include "account/import_row.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/spool.h"
#include "hash/password.h"
#include "store/users.h"
#include "text/user_report.h"
#include "text/user_values.h"

enum { PROGRESS_PERIOD = 1000 };	/* milliseconds */

/* A user who has a name of the file, in the database now; kept by id. */
struct seen {
	int64_t id;
	struct user_where where;	/* the first row with that name */
};

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
	void *seen;				/* owned: tree of struct seen, by id */
	bool keeps_ids;
	int64_t next_id;			/* above all of the file, where ids are kept */
	bool is_done;				/* the transaction has come to its end */
	int64_t shown_at;			/* when progress was said, in ms of clock_ms() */
};

/* total is 0 as long as it is not known. */
static void
show_progress(struct import *import, int64_t rows, int64_t total)
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

/* Logs what keeps a file in state_dir from being written or read. */
static enum err
note_file_error(enum err err)
{
	if (err == ERR_STORAGE)
		log_event(LEVEL_ERROR, "cannot keep what is imported in state_dir",
		    LOG_TEXT("reason", strerror(errno)));
	return err;
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
	if (row.values.hash != NULL)
		row.scheme = password_scheme(row.values.hash);
	if (row.values.id >= import->next_id)
		import->next_id = row.values.id + 1;
	user_report_read(&import->surveyed, &import->source.columns, cells);
	err = note_file_error(import_row_write(import->rows, &row));
	show_progress(import, import->surveyed.read, 0);
out:
	user_values_clear(&row.values);
	return err;
}

static int
compare_seen(const void *a, const void *b)
{
	const struct seen *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* Returns who of this file has an id of the database; NULL: nobody has. */
static const struct seen *
find_seen(const struct import *import, int64_t id)
{
	const struct seen wanted = { .id = id };
	struct seen *const *found = tfind(&wanted, &import->seen, compare_seen);

	return found != NULL ? *found : NULL;
}

static enum err
note_seen(struct import *import, int64_t id, struct user_where where)
{
	struct seen *seen = malloc(sizeof(*seen));	/* owned by the tree */

	if (seen == NULL)
		return ERR_MEMORY;
	*seen = (struct seen){ .id = id, .where = where };
	if (tsearch(seen, &import->seen, compare_seen) != NULL)
		return ERR_OK;
	free(seen);
	return ERR_MEMORY;
}

/* The id that a row is to have; 0: any that is new. */
static int64_t
choose_id(struct import *import, const struct user_values *values)
{
	if (!import->keeps_ids)
		return 0;
	if (values->id != 0 && find_seen(import, values->id) == NULL)
		return values->id;
	return import->next_id++;
}

static enum err
report_present(struct import *import, struct user_where where, const struct user_values *values,
    int64_t id)
{
	const struct seen *first = find_seen(import, id);

	if (first != NULL) {
		user_report_collision(&import->report, where, values, first->where);
		return ERR_OK;
	}
	user_report_present(&import->report, where, values);
	return note_seen(import, id, where);
}

/* Adds a user whose values are not refused. */
static enum err
add_user(struct import *import, const struct import_row *row)
{
	const struct user_values *values = &row->values;
	struct user user = {	/* borrows from values */
		.id = choose_id(import, values),
		.username = values->username, .username_key = values->username_key,
		.hashed_password = row->scheme != NULL ? values->hash : (char[]){""},
		.is_active = values->is_active, .scope = values->scope,
		.created_at = values->created_at, .email = values->email,
		.display_name = values->display_name, .is_imported = values->is_imported,
	};
	int64_t present;
	enum err err = users_import(import->connection, &user, &present);

	if (err == ERR_NAME_TAKEN)
		return report_present(import, row->where, values, present);
	if (err == ERR_CONFLICT) {
		user_report_refused(&import->report, row->where, values,
		    "a rule of the application whose table of users this was is against it");
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	user_report_taken(&import->report, row->where, values, row->scheme,
	    row->scheme != NULL && password_scheme_is_weak(row->scheme));
	import->report.renumbered += values->has_id && values->id != user.id;
	return note_seen(import, user.id, row->where);
}

static enum err
take_row(struct import *import, const struct import_row *row)
{
	if (row->values.refused == NULL)
		return add_user(import, row);
	user_report_refused(&import->report, row->where, &row->values, row->values.refused);
	return ERR_OK;
}

/* Takes all rows that were kept. */
static enum err
take_rows(struct import *import)
{
	const int64_t total = import->surveyed.read;
	bool is_there = true;
	enum err err = ERR_OK;

	rewind(import->rows);
	for (int64_t i = 1; err == ERR_OK && is_there; i++) {
		struct import_row row;	/* owns its values */

		err = note_file_error(import_row_read(import->rows, &row, &is_there));
		if (err == ERR_OK && is_there)
			err = take_row(import, &row);
		user_values_clear(&row.values);
		show_progress(import, i, total);
	}
	return err;
}

static void
forget_seen(struct import *import)
{
	tdestroy(import->seen, free);
	import->seen = NULL;
}

/* Begins the report anew. */
static enum err
begin_report(struct import *import)
{
	FILE *out = import->surveyed.out;

	rewind(out);
	if (ftruncate(fileno(out), 0) != 0)
		return ERR_STORAGE;
	import->report = import->surveyed;
	return ERR_OK;
}

/* Ends the report; what cannot be said is not done either. */
static enum err
end_report(struct import *import)
{
	FILE *out = import->report.out;

	user_report_end(&import->report, import->source.table, import->source.names,
	    &import->source.columns);
	return fflush(out) == 0 && ferror(out) == 0 ? ERR_OK : ERR_STORAGE;
}

/* The work of the transaction. It may be run anew, with nothing done. */
static enum err
take_all(struct db_connection *connection, void *arg)
{
	struct import *import = arg;
	bool had_any = false;
	enum err err;

	forget_seen(import);
	import->connection = connection;
	if ((err = note_file_error(begin_report(import))) != ERR_OK)
		return err;
	if ((err = users_had_any(connection, &had_any)) != ERR_OK)
		return err;
	import->keeps_ids = !had_any;
	if ((err = take_rows(import)) != ERR_OK)
		return err;
	if ((err = note_file_error(end_report(import))) != ERR_OK)
		return err;
	/* An error undoes all of it. */
	import->is_done = true;
	return import->options->is_dry_run ? ERR_REFUSED : ERR_OK;
}

static enum err
transact(struct import *import)
{
	enum err err = db_transact(import->context->service->db, take_all, import);

	return import->options->is_dry_run && import->is_done && err == ERR_REFUSED ? ERR_OK
	    : err;
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
	return err == ERR_OK && fflush(import->rows) != 0 ? note_file_error(ERR_STORAGE) : err;
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
	return note_file_error(err);
}

static void
clear(struct import *import)
{
	forget_seen(import);
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
		.context = context, .options = options, .next_id = 1, .shown_at = clock_ms(),
		.surveyed = { .is_verbose = options->is_verbose,
		    .is_dry_run = options->is_dry_run },
	};
	enum err err;

	*refused = 0;
	if ((err = make_files(&import)) != ERR_OK)
		goto out;
	if ((err = survey(&import, file)) == ERR_OK)
		err = transact(&import);
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
