/* backup_check: checks a copy of a database, and reads what is in it. */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/backup_internal.h"
#include "store/sqlite/contents.h"
#include "store/sqlite/reason.h"

/* Refuses a copy, and says why. */
static enum err
refuse(struct connection *copy, const char *reason)
{
	connection_complain(copy, "it is no good copy", reason);
	return ERR_SETUP;
}

/* What SQLite finds wrong with pages, indexes and constraints; "ok" is nothing. */
static enum err
check_integrity(struct connection *copy)
{
	sqlite3_stmt *statement = NULL;		/* owned */
	char shown[REASON_SIZE];
	const char *found;
	enum err err = connection_prepare(copy, "PRAGMA integrity_check(1)", &statement);

	if (err != ERR_OK)
		return err;
	if (sqlite3_step(statement) != SQLITE_ROW)
		err = connection_fail(copy, "check it");
	else {
		found = (const char *)sqlite3_column_text(statement, 0);
		if (found == NULL || strcmp(found, "ok") != 0)
			err = refuse(copy, reason_show(found != NULL ? found : "damaged", shown));
	}
	sqlite3_finalize(statement);
	return err;
}

/* Where another program has the file, it may have left some: those are the database's own. */
static enum err
count_strays(struct connection *copy, int64_t *strays)
{
	return connection_get_number(copy, "SELECT count(*) FROM pragma_foreign_key_check",
	    strays);
}

/* Reads how many rows there should be. */
static enum err
read_numbers(struct connection *copy, struct contents_table **tables)
{
	static const char sql[] = "SELECT name, rows FROM bearward_backup_rows ORDER BY name";
	struct contents_table **end = tables;
	sqlite3_stmt *rows = NULL;	/* owned */
	enum err err = connection_prepare(copy, sql, &rows);
	int rc = SQLITE_DONE;

	*tables = NULL;
	while (err == ERR_OK && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		if ((*end = calloc(1, sizeof(**end))) == NULL ||
		    ((*end)->name = strdup((const char *)sqlite3_column_text(rows, 0))) == NULL)
			err = ERR_MEMORY;
		else
			(*end)->rows = sqlite3_column_int64(rows, 1);
		end = *end != NULL ? &(*end)->next : end;
	}
	if (err == ERR_OK && rc != SQLITE_DONE)
		err = connection_fail(copy, "read it");
	sqlite3_finalize(rows);
	return err;
}

static enum err
check_numbers(struct connection *copy)
{
	struct contents_table *wanted = NULL, *found = NULL;	/* owned */
	enum err err = read_numbers(copy, &wanted);

	if (err == ERR_OK)
		err = contents_count(copy, &found);
	if (err == ERR_OK && !contents_has_same(wanted, found))
		err = refuse(copy, "it has another number of rows than there were");
	contents_free(wanted);
	contents_free(found);
	return err;
}

static enum err
check_digest(struct connection *copy, const struct backup_facts *facts)
{
	char digest[CONTENTS_DIGEST_SIZE];
	enum err err = contents_digest(copy, digest);

	if (err != ERR_OK || strcmp(digest, facts->sha256) == 0)
		return err;
	return refuse(copy, "it was changed since it was made: its digest is another");
}

/* Somebody may have made others of these names, to harm who reads them. */
static enum err
check_shape(struct connection *copy)
{
	int64_t tables;
	enum err err = connection_get_number(copy, "SELECT count(*) FROM sqlite_schema "
	    "WHERE type = 'table' AND (lower(name) = 'users' OR sql IN ('"
	    BACKUP_FACTS_TABLE "', '" BACKUP_ROWS_TABLE "', '" BACKUP_FILES_TABLE "'))", &tables);

	if (err != ERR_OK || tables == 4)
		return err;
	return refuse(copy, "its tables are not those that a backup has");
}

static enum err
read_facts(struct connection *copy, struct backup_facts *facts)
{
	static const char sql[] = "SELECT format, made_at, sha256, "
		"(SELECT count(*) FROM bearward_backup_files) FROM bearward_backup";
	sqlite3_stmt *row = NULL;	/* owned */
	enum err err = connection_prepare(copy, sql, &row);

	if (err != ERR_OK)
		return err;
	if (sqlite3_step(row) != SQLITE_ROW)
		err = refuse(copy, "it was not completed");
	else if (sqlite3_column_int64(row, 0) != BACKUP_FORMAT)
		err = refuse(copy, "made by a newer bearward than this one");
	else {
		facts->made_at = sqlite3_column_int64(row, 1);
		snprintf(facts->sha256, sizeof(facts->sha256), "%s",
		    (const char *)sqlite3_column_text(row, 2));
		facts->files = sqlite3_column_int64(row, 3);
	}
	sqlite3_finalize(row);
	return err;
}

enum err
backup_check(struct connection *copy, bool is_sealed, const struct backup_watch *watch,
    struct backup_facts *facts)
{
	enum err err;

	*facts = (struct backup_facts){0};
	watch->tell("checking what was written", 0, 0, watch->arg);
	if (is_sealed && (err = check_shape(copy)) != ERR_OK)
		return err;
	if ((err = check_integrity(copy)) != ERR_OK)
		return err;
	if (is_sealed && (err = read_facts(copy, facts)) != ERR_OK)
		return err;
	if (is_sealed && (err = check_numbers(copy)) != ERR_OK)
		return err;
	if (is_sealed && (err = check_digest(copy, facts)) != ERR_OK)
		return err;
	if ((err = count_strays(copy, &facts->strays)) != ERR_OK)
		return err;
	if ((err = connection_get_number(copy, "SELECT count(*) FROM users", &facts->users)) !=
	    ERR_OK)
		return err;
	return connection_get_number(copy, "SELECT page_count * page_size "
	    "FROM pragma_page_count, pragma_page_size", &facts->bytes);
}
