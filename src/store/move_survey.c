/* move_survey: what there is to be moved, and what stands in the way. */
#include "store/move_survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err
move_survey_count(const struct move *move, struct move_count counts[MOVE_TABLES])
{
	enum err err = ERR_OK;

	for (int i = 0; i < MOVE_TABLES && err == ERR_OK; i++) {
		const struct move_statements *statements = &move->statements[i];

		counts[i] = (struct move_count){0};
		err = db_read(move->source, &statements->count, NULL, db_take_int,
		    &counts[i].rows);
		if (err == ERR_OK && statements->strays.text != NULL)
			err = db_read(move->source, &statements->strays, NULL, db_take_int,
			    &counts[i].strays);
	}
	return err;
}

enum err
move_survey_rows(const struct move *move, int64_t *faults)
{
	enum err err = ERR_OK;

	*faults = 0;
	for (int i = 0; i < MOVE_TABLES && err == ERR_OK; i++) {
		struct move_reader reader = {
			.db = move->source, .statements = &move->statements[i],
			.tell = move->tell, .arg = move->arg,
		};
		int64_t rows = 0;

		while ((err = move_rows_read(&reader)) == ERR_OK && reader.rows.count > 0) {
			rows += reader.rows.count;
			move->progress("looked at", move_tables[i].name, rows, move->arg);
		}
		*faults += reader.faults;
		move_rows_clear(&reader);
	}
	return err;
}

/* What SQLite makes by itself has no text, or a name of its own. */
static const struct db_sql list_objects = {
	.text = "SELECT type, name, type <> 'table' OR sql LIKE 'CREATE VIRTUAL %' "
		"FROM sqlite_schema "
		"WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_' "
		"AND (type <> 'index' OR tbl_name = 'users') ORDER BY type <> 'table', type, name",
	.postgresql = "SELECT ''::text, ''::text, 0 WHERE FALSE",
};
static const struct db_sql list_columns = {
	.text = "SELECT 'column', name, 1 FROM pragma_table_xinfo('users') ORDER BY cid",
	.postgresql = "SELECT ''::text, ''::text, 0 WHERE FALSE",
};

static bool
is_our_table(const char *name)
{
	for (int i = 0; i < MOVE_TABLES; i++)
		if (strcmp(move_tables[i].name, name) == 0)
			return true;
	return strcmp(name, "bearward_schema") == 0;
}

static bool
is_our_column(const char *name)
{
	const struct move_column *column = move_tables[0].columns;

	for (; column->name != NULL; column++)
		if (strcmp(column->name, name) == 0)
			return true;
	return false;
}

static bool
is_ours(const struct move_rest *rest)
{
	if (strcmp(rest->kind, "column") == 0)
		return is_our_column(rest->name);
	return strcmp(rest->kind, "table") == 0 && is_our_table(rest->name);
}

/* Returns the statement that counts the rows of a table; NULL: out of memory. */
static char *
make_count(const char *table)
{
	char *text = NULL;	/* owned */
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs("SELECT count(*) FROM \"", out);
	for (; *table != '\0'; table++)
		fprintf(out, *table == '"' ? "\"\"" : "%c", *table);
	putc('"', out);
	return fclose(out) == 0 ? text : NULL;
}

/* Where the next one goes. */
struct list {
	struct move_rest **end;
};

static enum err
take_rest(const struct db_row *row, void *arg)
{
	struct list *list = arg;
	struct move_rest *rest = calloc(1, sizeof(*rest));	/* owned until it is in the list */
	const bool is_countable = db_row_int(row, 2) == 0;
	enum err err = ERR_MEMORY;

	if (rest == NULL)
		return err;
	rest->rows = -1;
	if ((err = db_row_text(row, 0, &rest->kind)) != ERR_OK)
		goto out;
	if ((err = db_row_text(row, 1, &rest->name)) != ERR_OK || is_ours(rest))
		goto out;
	if (is_countable && (rest->count.text = make_count(rest->name)) == NULL) {
		err = ERR_MEMORY;
		goto out;
	}
	*list->end = rest;
	list->end = &rest->next;
	rest = NULL;
out:
	move_survey_free(rest);
	return err;
}

enum err
move_survey_rest(const struct move *move, struct move_rest **rest)
{
	struct list list = { .end = rest };
	enum err err;

	*rest = NULL;
	err = db_read(move->source, &list_columns, NULL, take_rest, &list);
	if (err == ERR_OK)
		err = db_read(move->source, &list_objects, NULL, take_rest, &list);
	for (struct move_rest *one = *rest; one != NULL && err == ERR_OK; one = one->next)
		if (one->count.text != NULL)
			err = db_read(move->source, &one->count, NULL, db_take_int, &one->rows);
	return err;
}

void
move_survey_free(struct move_rest *rest)
{
	while (rest != NULL) {
		struct move_rest *next = rest->next;

		free((char *)rest->count.text);
		free(rest->kind);
		free(rest->name);
		free(rest);
		rest = next;
	}
}
