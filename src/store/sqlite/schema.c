/* schema: what a database of ours looks like, and what else a file may be. */
#include "store/sqlite/schema.h"

#include <string.h>

/* The version; the application id is "bear" in ASCII. */
#define VERSION_OF_SCHEMA 1
#define APPLICATION_ID 0x62656172
#define TEXT_OF(number) TEXT_AS_IT_IS(number)
#define TEXT_AS_IT_IS(number) #number

/* A kind that nothing can be done about has its reason here. */
static const char *const refusals[] = {
	[SCHEMA_NEWER] = "made by a newer bearward than this one",
	[SCHEMA_FOREIGN] = "made by a program that is neither bearward nor the FastAPI tutorial",
};

static const struct {
	const char *name;
	const char *change;
} journals[] = {
	[JOURNAL_WAL] = { "wal", "PRAGMA journal_mode=WAL" },
	[JOURNAL_DELETE] = { "delete", "PRAGMA journal_mode=DELETE" },
};

static enum err
has_tutorial_users(struct connection *c, bool *has)
{
	int64_t columns;
	enum err err = connection_get_number(c, "SELECT count(*) FROM pragma_table_info('users') "
	    "WHERE lower(name) IN " SCHEMA_TUTORIAL_NAMES " AND EXISTS (SELECT 1 FROM "
	    "sqlite_schema WHERE type = 'table' AND lower(name) = 'users')", &columns);

	*has = err == ERR_OK && columns == SCHEMA_TUTORIAL_COLUMNS;
	return err;
}

static enum err
recognise_unmarked(struct connection *c, enum schema_kind *kind)
{
	int64_t objects;
	bool is_tutorial;
	enum err err;

	if ((err = connection_get_number(c, "SELECT count(*) FROM sqlite_schema",
	    &objects)) != ERR_OK)
		return err;
	if ((err = has_tutorial_users(c, &is_tutorial)) != ERR_OK)
		return err;
	*kind = objects == 0 ? SCHEMA_EMPTY : is_tutorial ? SCHEMA_TUTORIAL : SCHEMA_FOREIGN;
	return ERR_OK;
}

enum err
schema_recognise(struct connection *c, enum schema_kind *kind)
{
	int64_t version, application;
	enum err err;

	if ((err = connection_get_number(c, "PRAGMA user_version", &version)) != ERR_OK)
		return err;
	if ((err = connection_get_number(c, "PRAGMA application_id", &application)) != ERR_OK)
		return err;
	if (version == 0 && application == 0)
		return recognise_unmarked(c, kind);
	if (application != APPLICATION_ID || version < VERSION_OF_SCHEMA)
		*kind = SCHEMA_FOREIGN;
	else
		*kind = version == VERSION_OF_SCHEMA ? SCHEMA_OURS : SCHEMA_NEWER;
	return ERR_OK;
}

enum err
schema_mark_as_ours(struct connection *c)
{
	return connection_execute(c, "PRAGMA application_id=" TEXT_OF(APPLICATION_ID) ";"
	    "PRAGMA user_version=" TEXT_OF(VERSION_OF_SCHEMA));
}

enum err
schema_refuse(const struct connection *c, enum schema_kind kind)
{
	return connection_refuse(c, refusals[kind]);
}

/* Runs a PRAGMA journal_mode and compares its answer with the one that is wanted. */
static enum err
ask_journal(struct connection *c, const char *question, const char *wanted, bool *is_wanted)
{
	sqlite3_stmt *statement = NULL;		/* owned */
	enum err err;

	*is_wanted = false;
	if ((err = connection_prepare(c, question, &statement)) != ERR_OK)
		return err;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*is_wanted = strcmp((const char *)sqlite3_column_text(statement, 0), wanted) == 0;
	else
		err = connection_fail(c, question);
	sqlite3_finalize(statement);
	return err;
}

enum err
schema_check(const struct config *config, struct connection *c)
{
	enum schema_kind kind;
	bool is_wanted;
	enum err err;

	if ((err = schema_recognise(c, &kind)) != ERR_OK)
		return err;
	if (kind == SCHEMA_EMPTY || kind == SCHEMA_TUTORIAL)
		return connection_refuse(c, "it has not been made ready: run `bearward init`");
	if (kind != SCHEMA_OURS)
		return schema_refuse(c, kind);
	if ((err = ask_journal(c, "PRAGMA journal_mode", journals[config->journal_mode].name,
	    &is_wanted)) != ERR_OK)
		return err;
	if (!is_wanted)
		return connection_refuse(c, "journal_mode is set otherwise than the database is: "
		    "stop what uses it and run `bearward init`");
	return ERR_OK;
}

enum err
schema_change_journal(const struct config *config, struct connection *c)
{
	bool is_wanted;
	enum err err = ask_journal(c, journals[config->journal_mode].change,
	    journals[config->journal_mode].name, &is_wanted);

	if (err != ERR_OK || is_wanted)
		return err;
	return connection_refuse(c, "the file system does not allow this journal_mode: set the "
	    "other");
}
