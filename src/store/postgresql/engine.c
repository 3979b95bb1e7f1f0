/*
 * engine: PostgreSQL as store/engine.h wants it: one connection to read on, and others for
 * transactions.
 */
#include "store/engine.h"

#include <stdlib.h>

#include "store/postgresql/admin.h"
#include "store/postgresql/examine.h"
#include "store/postgresql/prepare.h"
#include "store/postgresql/reader.h"
#include "store/postgresql/server.h"
#include "store/postgresql/statement.h"
#include "store/postgresql/transaction.h"
#include "store/postgresql/writer.h"

struct database {
	struct db base;
	struct server *server;		/* owned */
	struct reader *reader;		/* owned */
	struct writer *writer;		/* owned; NULL: it is opened for reading */
};

static void
close_database(struct db *db)
{
	struct database *database = (struct database *)db;

	writer_free(database->writer);
	reader_free(database->reader);
	server_free(database->server);
	free(database);
}

/* A database that is down, or far behind, keeps no program from its start; a wrong one does. */
static enum err
try_to_connect(struct database *database)
{
	const enum verdict verdict = reader_connect(database->reader);

	if (verdict == VERDICT_FAILED)
		return ERR_SETUP;
	return verdict == VERDICT_MEMORY ? ERR_MEMORY : ERR_OK;
}

static enum err
open_database(const struct config *config, enum db_mode mode, struct db **db)
{
	struct database *database = calloc(1, sizeof(*database));	/* owned until given */
	enum err err = ERR_MEMORY;

	*db = NULL;
	if (database == NULL)
		return ERR_MEMORY;
	database->base.engine = &engine_postgresql;
	if ((err = server_new(config, mode, NULL, &database->server)) != ERR_OK)
		goto out;
	if ((err = reader_new(database->server, &database->reader)) != ERR_OK)
		goto out;
	if (mode >= DB_WRITE && (err = writer_new(database->server, database->reader,
	    (int)config->database_connections, &database->writer)) != ERR_OK)
		goto out;
	if ((err = try_to_connect(database)) != ERR_OK)
		goto out;
	*db = &database->base;
	database = NULL;
out:
	if (database != NULL)
		close_database(&database->base);
	return err;
}

/* Whether there is one cannot be told before it is asked. */
static bool
is_there(const struct config *config)
{
	(void)config;
	return true;
}

static void
allow(const struct config *config, enum db_mode mode, struct sandbox_plan *plan)
{
	struct server *server;		/* owned */

	if (server_new(config, mode, NULL, &server) != ERR_OK)
		return;
	server_allow(server, plan);
	server_free(server);
}

static enum err
read_rows(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    void *arg)
{
	return reader_read(((struct database *)db)->reader, sql, values, take, arg);
}

static enum err
refuse_change(const struct database *database)
{
	server_complain(database->server, "change something",
	    "the database is open for reading only");
	return ERR_STORAGE;
}

static enum err
transact(struct db *db, db_work *work, void *arg)
{
	struct database *database = (struct database *)db;

	return database->writer == NULL ? refuse_change(database)
	    : writer_transact(database->writer, work, arg);
}

static enum err
change(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    void *arg, int64_t *rows)
{
	struct database *database = (struct database *)db;

	return database->writer == NULL ? refuse_change(database)
	    : writer_change(database->writer, sql, values, take, arg, rows);
}

const struct engine engine_postgresql = {
	.find = prepare_find,
	.prepare = prepare_database,
	.prepare_as = admin_prepare,
	.print_roles = admin_print,
	.examine = examine_database,
	.is_there = is_there,
	.open = open_database,
	.allow = allow,
	.close = close_database,
	.change = change,
	.read = read_rows,
	.transact = transact,
	.run = transaction_run,
	.is_null = statement_is_null,
	.is_text = statement_is_text,
	.number = statement_number,
	.data = statement_data,
};

/* What engine_load.c looks for. */
__attribute__((visibility("default"))) extern const struct engine *const bearward_engine;
__attribute__((visibility("default"))) extern const char bearward_engine_version[];

const struct engine *const bearward_engine = &engine_postgresql;
const char bearward_engine_version[] = ENGINE_VERSION;
