/* schema: what a database of ours looks like, and what else a file may be. */
#include "store/sqlite/schema.h"

#include <stdio.h>
#include <string.h>

enum { APPLICATION_ID = 0x62656172 };	/* "bear" in ASCII */

/* Why a database cannot be used as it is, and what to do where something can be done. */
static const char *const refusals[] = {
	[SCHEMA_OLDER] = "made by an older bearward than this one: run `bearward init`",
	[SCHEMA_EMPTY] = "it has not been made ready: run `bearward init`",
	[SCHEMA_NEWER] = "made by a newer bearward than this one",
	[SCHEMA_FOREIGN] = "made by another program: `bearward init` takes it over, or says why "
		"not",
	[SCHEMA_BACKUP] = "it is a backup, and what was ended since must not be good again: move "
		"it out of the state directory, and run `bearward restore` with it",
	[SCHEMA_MOVED] = "its users are elsewhere",
};

static const struct {
	const char *name;
	const char *change;
} journals[] = {
	[JOURNAL_WAL] = { "wal", "PRAGMA journal_mode=WAL" },
	[JOURNAL_DELETE] = { "delete", "PRAGMA journal_mode=DELETE" },
};

static enum err
recognise_unmarked(struct connection *c, enum schema_kind *kind)
{
	int64_t objects;
	enum err err = connection_get_number(c, "SELECT count(*) FROM sqlite_schema", &objects);

	*kind = objects == 0 ? SCHEMA_EMPTY : SCHEMA_FOREIGN;
	return err;
}

/* A database of ours that is readable since a version this program knows. */
static enum err
recognise_ours(struct connection *c, int64_t readable_since, struct schema *schema)
{
	static const enum schema_kind kinds[] = {
		[MIGRATE_FITS] = SCHEMA_FITS, [MIGRATE_OLDER] = SCHEMA_OLDER,
		[MIGRATE_NEWER] = SCHEMA_NEWER, [MIGRATE_MOVED] = SCHEMA_MOVED,
	};
	int64_t is_recorded, is_marked;
	enum err err;

	schema->version = 1;
	if ((err = connection_get_number(c, "SELECT count(*) FROM sqlite_schema "
	    "WHERE type = 'table' AND name = 'bearward_move'", &is_marked)) != ERR_OK)
		return err;
	schema->kind = SCHEMA_MOVED;
	if (is_marked)
		return ERR_OK;
	if ((err = connection_get_number(c, "SELECT count(*) FROM sqlite_schema "
	    "WHERE type = 'table' AND name = 'bearward_schema'", &is_recorded)) != ERR_OK)
		return err;
	if (is_recorded)
		err = migrate_read(&c->base, &schema->version, &readable_since);
	schema->kind = kinds[migrate_compare(schema->version, readable_since)];
	return err;
}

enum err
schema_recognise(struct connection *c, struct schema *schema)
{
	int64_t readable_since, application;
	enum err err;

	*schema = (struct schema){ .kind = SCHEMA_FOREIGN };
	if ((err = connection_get_number(c, "PRAGMA user_version", &readable_since)) != ERR_OK)
		return err;
	if ((err = connection_get_number(c, "PRAGMA application_id", &application)) != ERR_OK)
		return err;
	if (readable_since == 0 && application == 0)
		return recognise_unmarked(c, &schema->kind);
	if (application == SCHEMA_BACKUP_ID)
		schema->kind = SCHEMA_BACKUP;
	if (application != APPLICATION_ID || readable_since < 1)
		return ERR_OK;
	if (migrate_step(readable_since) != NULL || readable_since == MIGRATE_NOWHERE)
		return recognise_ours(c, readable_since, schema);
	schema->kind = SCHEMA_NEWER;
	return ERR_OK;
}

enum err
schema_record(struct connection *c, const struct migration *step)
{
	char pragmas[128];
	enum err err;

	snprintf(pragmas, sizeof(pragmas), "PRAGMA application_id=%d; PRAGMA user_version=%d",
	    APPLICATION_ID, step->readable_since);
	if ((err = connection_execute(c, pragmas)) != ERR_OK)
		return err;
	return migrate_record(&c->base, step);
}

enum err
schema_mark(struct connection *c)
{
	char pragma[64];

	snprintf(pragma, sizeof(pragma), "PRAGMA application_id=%d", APPLICATION_ID);
	return connection_execute(c, pragma);
}

const char *
schema_find_move(struct connection *c, char reason[MOVE_REASON_SIZE])
{
	return move_mark_find_reason(&c->base, reason);
}

enum err
schema_refuse(struct connection *c, enum schema_kind kind)
{
	char reason[MOVE_REASON_SIZE];
	const char *moved = kind == SCHEMA_MOVED ? schema_find_move(c, reason) : NULL;

	return connection_refuse(c, moved != NULL ? moved : refusals[kind]);
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
schema_check(const struct config *config, enum db_mode mode, struct connection *c)
{
	struct schema schema;
	bool is_wanted;
	enum err err;

	if ((err = schema_recognise(c, &schema)) != ERR_OK)
		return err;
	if (schema.kind != SCHEMA_FITS && (schema.kind != SCHEMA_MOVED || mode != DB_MOVE))
		return schema_refuse(c, schema.kind);
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
