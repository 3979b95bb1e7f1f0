/* import_take: writes the users of another program, in one transaction. */
#include "account/import_internal.h"

#include <stdio.h>
#include <unistd.h>

#include "account/audit.h"
#include "account/import_row.h"
#include "hash/password.h"
#include "store/users.h"

/* The id that a row is to have. Its own, unless somebody may have had that: tokens live on. */
static int64_t
choose_id(const struct import *import, const struct user_values *values)
{
	if (values->id > import->highest_id &&
	    import_seen_find(&import->seen, values->id) == NULL)
		return values->id;
	return import->next_id;
}

static enum err
report_present(struct import *import, struct user_where where, const struct user_values *values,
    int64_t id)
{
	const struct user_where *first = import_seen_find(&import->seen, id);

	if (first != NULL) {
		user_report_collision(&import->report, where, values, *first);
		return ERR_OK;
	}
	user_report_present(&import->report, where, values);
	return import_seen_add(&import->seen, id, where);
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
		.email_verified = values->email_verified, .display_name = values->display_name,
		.groups = values->groups != NULL ? values->groups : (char[]){""},
		.is_imported = values->is_imported,
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
	import->next_id += user.id == import->next_id;
	import->report.renumbered += values->has_id && values->id != user.id;
	return import_seen_add(&import->seen, user.id, row->where);
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

		err = import_note_file_error(import_row_read(import->rows, &row, &is_there));
		if (err == ERR_OK && is_there)
			err = take_row(import, &row);
		user_values_clear(&row.values);
		if (is_there)
			import_show_progress(import, i, total);
	}
	return err;
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

/* One row for all of them. */
static enum err
tell(const struct import *import)
{
	struct audit_author author;
	struct audits_row row = audit_describe(import->context, NULL, "users imported", "",
	    &author);

	row.count = import->report.taken;
	return row.count > 0 ? audits_add(import->connection, &row) : ERR_OK;
}

/* The work of the transaction. It may be run anew, with nothing done. */
static enum err
take_all(struct db_connection *connection, void *arg)
{
	struct import *import = arg;
	enum err err;

	import_seen_clear(&import->seen);
	import->connection = connection;
	if ((err = import_note_file_error(begin_report(import))) != ERR_OK)
		return err;
	if ((err = users_find_highest_id(connection, &import->highest_id)) != ERR_OK)
		return err;
	import->next_id = import->after_file > import->highest_id
	    ? import->after_file : import->highest_id + 1;
	if ((err = take_rows(import)) != ERR_OK)
		return err;
	if ((err = import_note_file_error(end_report(import))) != ERR_OK)
		return err;
	if ((err = tell(import)) != ERR_OK)
		return err;
	if (!import->options->is_dry_run && (err = users_end_import(connection)) != ERR_OK)
		return err;
	/* An error undoes all of it. */
	import->is_done = true;
	return import->options->is_dry_run ? ERR_REFUSED : ERR_OK;
}

enum err
import_take(struct import *import)
{
	enum err err = db_transact(import->context->service->db, take_all, import);

	return import->options->is_dry_run && import->is_done && err == ERR_REFUSED ? ERR_OK
	    : err;
}
