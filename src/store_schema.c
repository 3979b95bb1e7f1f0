/* store_schema: what a database of ours looks like, and how a file becomes one. */
#include "store_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_takeover.h"

/* The version; the application id is "bear" in ASCII. */
#define VERSION_OF_SCHEMA 1
#define APPLICATION_ID 0x62656172
#define TEXT_OF(number) TEXT_AS_IT_IS(number)
#define TEXT_AS_IT_IS(number) #number

static const char create_users[] = "CREATE TABLE users (" SCHEMA_USERS_COLUMNS ") STRICT";
static const char mark_as_ours[] = "PRAGMA application_id=" TEXT_OF(APPLICATION_ID) ";"
	"PRAGMA user_version=" TEXT_OF(VERSION_OF_SCHEMA);

enum kind {
	KIND_OURS,		/* of exactly our version */
	KIND_NEWER,
	KIND_EMPTY,
	KIND_TUTORIAL,
	KIND_FOREIGN,
};

/* A kind that nothing can be done about has its reason here. */
static const char *const refusals[] = {
	[KIND_NEWER] = "made by a newer bearward than this one",
	[KIND_FOREIGN] = "made by a program that is neither bearward nor the FastAPI tutorial",
};

static const struct {
	const char *name;
	const char *change;
} journals[] = {
	[JOURNAL_WAL] = { "wal", "PRAGMA journal_mode=WAL" },
	[JOURNAL_DELETE] = { "delete", "PRAGMA journal_mode=DELETE" },
};

static enum err
recognise_unmarked(struct db *db, enum kind *kind)
{
	int64_t objects;
	bool is_tutorial;
	enum err err;

	if ((err = db_get_number(db, "SELECT count(*) FROM sqlite_schema", &objects)) != ERR_OK)
		return err;
	if ((err = takeover_is_possible(db, &is_tutorial)) != ERR_OK)
		return err;
	*kind = objects == 0 ? KIND_EMPTY : is_tutorial ? KIND_TUTORIAL : KIND_FOREIGN;
	return ERR_OK;
}

static enum err
recognise(struct db *db, enum kind *kind)
{
	int64_t version, application;
	enum err err;

	if ((err = db_get_number(db, "PRAGMA user_version", &version)) != ERR_OK)
		return err;
	if ((err = db_get_number(db, "PRAGMA application_id", &application)) != ERR_OK)
		return err;
	if (version == 0 && application == 0)
		return recognise_unmarked(db, kind);
	if (application != APPLICATION_ID || version < VERSION_OF_SCHEMA)
		*kind = KIND_FOREIGN;
	else
		*kind = version == VERSION_OF_SCHEMA ? KIND_OURS : KIND_NEWER;
	return ERR_OK;
}

/* Runs a PRAGMA journal_mode and compares its answer with the one that is wanted. */
static enum err
ask_journal(struct db *db, const char *question, const char *wanted, bool *is_wanted)
{
	sqlite3_stmt *statement = NULL;		/* owned */
	enum err err;

	*is_wanted = false;
	if ((err = db_prepare(db, question, &statement)) != ERR_OK)
		return err;
	if (sqlite3_step(statement) == SQLITE_ROW)
		*is_wanted = strcmp((const char *)sqlite3_column_text(statement, 0), wanted) == 0;
	else
		err = db_fail(db, question);
	sqlite3_finalize(statement);
	return err;
}

enum err
schema_check(const struct config *config, struct db *db)
{
	enum kind kind;
	bool is_wanted;
	enum err err;

	if ((err = recognise(db, &kind)) != ERR_OK)
		return err;
	if (kind == KIND_EMPTY || kind == KIND_TUTORIAL)
		return db_refuse(db, "it has not been made ready: run `bearward init`");
	if (kind != KIND_OURS)
		return db_refuse(db, refusals[kind]);
	if ((err = ask_journal(db, "PRAGMA journal_mode", journals[config->journal_mode].name,
	    &is_wanted)) != ERR_OK)
		return err;
	if (!is_wanted)
		return db_refuse(db, "journal_mode is set otherwise than the database is: stop "
		    "what uses it and run `bearward init`");
	return ERR_OK;
}

static enum err
change_journal(const struct config *config, struct db *db)
{
	bool is_wanted;
	enum err err = ask_journal(db, journals[config->journal_mode].change,
	    journals[config->journal_mode].name, &is_wanted);

	if (err != ERR_OK || is_wanted)
		return err;
	return db_refuse(db, "the file system does not allow this journal_mode: set the other");
}

/*
 * What was made from the database outlives it when somebody moves the one file alone. SQLite
 * would throw it away beside a new database.
 */
static bool
has_remains(const char *path, FILE *report)
{
	static const char *const suffixes[] = { "-wal", "-journal" };
	bool has_any = false;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char *name = NULL;	/* owned */

		if (asprintf(&name, "%s%s", path, suffixes[i]) == -1)
			return true;
		if (access(name, F_OK) == 0) {
			fprintf(report, "%s: belongs to a database that is missing: bring that "
			    "back, or move this away\n", name);
			has_any = true;
		}
		free(name);
	}
	return has_any;
}

/* Makes an empty file where there is none. The directory is synced with the first change. */
static enum err
make_file(const char *path, FILE *report)
{
	int fd;

	if (access(path, F_OK) == 0)
		return ERR_OK;
	if (has_remains(path, report))
		return ERR_SETUP;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 && errno != EEXIST) {
		fprintf(report, "%s: cannot create it: %s\n", path, strerror(errno));
		return ERR_SETUP;
	}
	if (fd != -1)
		(void)close(fd);
	return ERR_OK;
}

static enum err
make_ours(struct db *db, enum kind kind, struct takeover *takeover)
{
	enum err err;

	if (kind == KIND_OURS)
		return ERR_OK;
	if (kind == KIND_EMPTY)
		err = db_execute(db, create_users);
	else if (kind == KIND_TUTORIAL)
		err = takeover_run(db, takeover);
	else
		err = db_refuse(db, refusals[kind]);
	if (err != ERR_OK)
		return err;
	return db_execute(db, mark_as_ours);
}

static enum err
make_ready(struct db *db)
{
	/* A takeover rebuilds a table that others refer to; SQLite asks for these before BEGIN. */
	static const char settings[] = "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON;"
		"PRAGMA cache_size=-65536";
	struct takeover takeover = {0};
	enum kind kind;
	enum err err;

	if ((err = db_execute(db, settings)) != ERR_OK)
		return err;
	if ((err = db_begin(db)) != ERR_OK)
		return err;
	if ((err = recognise(db, &kind)) == ERR_OK)
		err = make_ours(db, kind, &takeover);
	return takeover_end(&takeover, db_end(db, err));
}

enum err
store_prepare(const struct config *config, FILE *report)
{
	struct db db = { .lock = -1 };
	char *path = NULL;	/* owned */
	enum err err;

	if ((err = db_path(config, &path)) != ERR_OK)
		goto out;
	if ((err = make_file(path, report)) != ERR_OK)
		goto out;
	if ((err = db_open(config, STORE_WRITE, report, &db)) != ERR_OK)
		goto out;
	if ((err = make_ready(&db)) != ERR_OK)
		goto out;
	err = change_journal(config, &db);
out:
	if (err == ERR_INTERNAL)
		fprintf(report, "%s: out of memory\n", config->state_dir);
	db_close(&db);
	free(path);
	return err == ERR_OK ? ERR_OK : ERR_SETUP;
}
