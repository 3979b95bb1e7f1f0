/* prepare: makes a file one of our databases, where there is something to be made. */
#include "store/sqlite/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/owner.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/scratch.h"
#include "store/sqlite/step.h"
#include "store/sqlite/takeover.h"
#include "store/sqlite/use_lock.h"
#include "store/sqlite/writer.h"

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

		if (asprintf(&name, "%s%s", path, suffixes[i]) < 0) {
			fprintf(report, "%s: out of memory\n", path);
			return true;
		}
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
	fd = owner_make_file(path, O_RDWR);
	if (fd == -1 && errno != EEXIST) {
		fprintf(report, "%s: cannot create it: %s\n", path, strerror(errno));
		return ERR_SETUP;
	}
	if (fd != -1)
		(void)close(fd);
	return ERR_OK;
}

/*
 * Takes over what there is, which leads to version 1, and goes on to the newest version at once:
 * only here it is known that every user has come from the other program.
 */
static enum err
take_over(struct connection *c, struct takeover *takeover)
{
	const struct migration *step = migrate_step(1);
	enum err err;

	takeover->connection = c;
	if ((err = takeover_run(takeover)) != ERR_OK)
		return err;
	if ((err = schema_record(c, step)) != ERR_OK)
		return err;
	while ((step = migrate_step(step->version + 1)) != NULL)
		if ((err = step_take(c, step, takeover->remarks)) != ERR_OK)
			return err;
	if ((err = connection_execute(c, "UPDATE users SET is_imported = 1 "
	    "WHERE is_imported = 0")) != ERR_OK)
		return err;
	return takeover_try(takeover);
}

/* Makes what there is a database of version 1, or of the next version, or takes it over. */
static enum err
take_step(struct connection *c, const struct schema *schema, struct takeover *takeover,
    FILE *remarks)
{
	if (schema->kind == SCHEMA_FOREIGN)
		return take_over(c, takeover);
	if (schema->kind == SCHEMA_EMPTY || schema->kind == SCHEMA_OLDER)
		return step_take(c, migrate_step(schema->version + 1), remarks);
	return schema_refuse(c, schema->kind);
}

static const struct user_columns_named nothing_named;

/* Takes one step, in one transaction, or finds that there is none left to take. */
static enum err
advance(struct writer *writer, const struct config *config,
    const struct user_columns_named *named, bool *is_ready)
{
	struct connection *c = writer_connection(writer);
	struct takeover takeover = { .config = config,
	    .named = named != NULL ? named : &nothing_named };
	struct schema schema;
	char *text = NULL;	/* owned */
	size_t len = 0;
	FILE *remarks = open_memstream(&text, &len);	/* owned; for the report once it is true */
	enum err err;

	if (remarks == NULL)
		return ERR_MEMORY;
	if ((err = writer_begin(writer, clock_ms() + c->wait)) != ERR_OK)
		goto out;
	err = schema_recognise(c, &schema);
	*is_ready = err == ERR_OK && schema.kind == SCHEMA_FITS;
	if (err == ERR_OK && !*is_ready)
		err = take_step(c, &schema, &takeover, remarks);
	err = writer_commit(writer, err);
	writer_release(writer);
	if (err == ERR_OK && fflush(remarks) == 0)
		fputs(text, c->report);
	err = takeover_end(&takeover, err);
out:
	(void)fclose(remarks);
	free(text);
	return err;
}

static enum err
make_ready(struct writer *writer, const struct config *config,
    const struct user_columns_named *named)
{
	/* A takeover rebuilds a table that others refer to; SQLite asks for these before BEGIN. */
	static const char pragmas[] = "PRAGMA foreign_keys=OFF; PRAGMA legacy_alter_table=ON;"
		"PRAGMA cache_size=-32768";
	struct connection *c = writer_connection(writer);
	bool is_ready = false;
	enum err err = connection_execute(c, pragmas);

	/* To another program's triggers nothing happens to the users. */
	if (err == ERR_OK && sqlite3_db_config(c->sqlite, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0,
	    NULL) != SQLITE_OK)
		err = connection_fail(c, "switch triggers off");
	while (err == ERR_OK && !is_ready)
		err = advance(writer, config, named, &is_ready);
	/* What a process had no time for that was cut off after its commit. */
	return err == ERR_OK ? takeover_finish(c) : err;
}

/* Options that name columns are about a database that has been put there, and is not. */
static enum err
check_nothing_named(const char *path, const struct user_columns_named *named, FILE *report)
{
	if (named->table == NULL && named->username == NULL && named->password == NULL &&
	    named->active == NULL && named->scope == NULL)
		return ERR_OK;
	fprintf(report, "%s: there are no users of another program to take over: put its database "
	    "there first, or leave out what names a table or columns\n", path);
	return ERR_SETUP;
}

/* Looks into the file that there is. */
static enum err
find_in_file(const struct config *config, const char *path,
    const struct user_columns_named *named, FILE *report, bool *is_there)
{
	struct connection *c = NULL;	/* owned */
	struct schema schema;
	bool is_possible = false;
	enum err err;

	if ((err = connection_open(config, DB_READ, report, &c)) != ERR_OK)
		return err;
	if ((err = schema_recognise(c, &schema)) == ERR_OK) {
		if (schema.kind == SCHEMA_FOREIGN)
			err = takeover_find(c, named, &is_possible);
		else if (schema.kind == SCHEMA_EMPTY)
			err = check_nothing_named(path, named, report);
		*is_there = schema.kind != SCHEMA_EMPTY && !is_possible;
	}
	connection_close(c);
	return err;
}

enum err
prepare_find(const struct config *config, const struct user_columns_named *named, FILE *report,
    bool *is_there)
{
	char *path = NULL;		/* owned */
	enum err err;

	*is_there = false;
	if (named == NULL)
		named = &nothing_named;
	if ((err = connection_path(config, &path)) != ERR_OK)
		return ERR_SETUP;
	if (access(path, F_OK) == 0 || errno != ENOENT)
		err = find_in_file(config, path, named, report, is_there);
	else if (has_remains(path, report))
		err = ERR_SETUP;
	else
		err = check_nothing_named(path, named, report);
	free(path);
	return err == ERR_OK ? ERR_OK : ERR_SETUP;
}

enum err
prepare_database(const struct config *config, const struct user_columns_named *named,
    FILE *report)
{
	struct writer *writer = NULL;	/* owned */
	char *path = NULL;		/* owned */
	int use_lock;			/* owned */
	enum err err;

	if (use_lock_share(config, &use_lock) != ERR_OK) {
		fprintf(report, "%s: a backup is being brought back; try again when that is "
		    "done\n", config->state_dir);
		return ERR_SETUP;
	}
	scratch_clean(config);
	if ((err = connection_path(config, &path)) != ERR_OK)
		goto out;
	if ((err = make_file(path, report)) != ERR_OK)
		goto out;
	if ((err = writer_open(config, report, &writer)) != ERR_OK)
		goto out;
	if ((err = make_ready(writer, config, named)) != ERR_OK)
		goto out;
	/* Only now: a takeover closes what came open. */
	if ((err = connection_check_private(config, report)) != ERR_OK)
		goto out;
	err = schema_change_journal(config, writer_connection(writer));
out:
	if (err == ERR_MEMORY)
		fprintf(report, "%s: out of memory\n", config->state_dir);
	writer_close(writer);
	free(path);
	if (use_lock != -1)
		(void)close(use_lock);
	return err == ERR_OK ? ERR_OK : ERR_SETUP;
}
