/* connection: one connection to the SQLite file: how it is set up, and how it complains. */
#include "store/sqlite/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/owner.h"
#include "store/sqlite/reason.h"
#include "store/sqlite/statement.h"

static const struct {
	int option;
	int value;
} options[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 },
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },	/* it would be outside write.lock */
};

/* Wide enough for tables of other programs in the same file, whose text SQLite reads as well. */
static const struct {
	int id;
	int value;
} limits[] = {
	{ SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024 },
	{ SQLITE_LIMIT_SQL_LENGTH, 128 * 1024 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

/*
 * EXTRA is FULL, and in DELETE mode it also syncs the directory: without that, a power cut brings
 * the journal back and takes a confirmed change away.
 */
static const char pragmas[] =
	"PRAGMA synchronous=EXTRA;"
	"PRAGMA foreign_keys=ON;"
	"PRAGMA trusted_schema=OFF;"
	"PRAGMA cell_size_check=ON;"
	"PRAGMA mmap_size=0;"
	"PRAGMA temp_store=MEMORY;"
	"PRAGMA cache_size=-512;"		/* KiB: the upper pages of large indexes */
	"PRAGMA wal_autocheckpoint=0;";

void
connection_complain(const struct connection *c, const char *attempt, const char *reason)
{
	if (c->report != NULL) {
		fprintf(c->report, "%s: %s: %s\n", c->path, attempt, reason);
		return;
	}
	log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("file", c->path),
	    LOG_TEXT("attempt", attempt), LOG_TEXT("reason", reason));
}

enum err
connection_fail(const struct connection *c, const char *attempt)
{
	const char *message = sqlite3_errmsg(c->sqlite);
	char shown[REASON_SIZE];

	/* The log escapes by itself. */
	connection_complain(c, attempt, c->report != NULL ? reason_show(message, shown) : message);
	return sqlite3_errcode(c->sqlite) == SQLITE_NOMEM ? ERR_MEMORY : ERR_STORAGE;
}

enum err
connection_fail_statement(const struct connection *c, const char *sql)
{
	return connection_fail(c, c->report == NULL ? sql : "read or change the database");
}

enum err
connection_refuse(const struct connection *c, const char *reason)
{
	connection_complain(c, "cannot use the database", reason);
	return ERR_SETUP;
}

enum err
connection_execute(struct connection *c, const char *sql)
{
	return sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK :
	    connection_fail_statement(c, sql);
}

enum err
connection_prepare(struct connection *c, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v2(c->sqlite, sql, -1, statement, NULL) == SQLITE_OK ? ERR_OK :
	    connection_fail_statement(c, sql);
}

enum err
connection_get_number(struct connection *c, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement = NULL;		/* owned */
	enum err err;
	int rc;

	*number = 0;
	if ((err = connection_prepare(c, sql, &statement)) != ERR_OK)
		return err;
	if ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else if (rc != SQLITE_DONE)
		err = connection_fail_statement(c, sql);
	sqlite3_finalize(statement);
	return err;
}

void
connection_recover(const struct connection *c)
{
	sqlite3 *writer = NULL;		/* owned */

	if (sqlite3_open_v2(c->path, &writer, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE,
	    NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(writer, (int)c->wait);
		/* Reading is enough: it begins with the rollback. */
		(void)sqlite3_exec(writer, "SELECT 1 FROM sqlite_schema", NULL, NULL, NULL);
	}
	sqlite3_close(writer);
}

static enum err
set_up(struct connection *c)
{
	int rc;

	sqlite3_busy_timeout(c->sqlite, (int)c->wait);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (sqlite3_db_config(c->sqlite, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return connection_fail(c, "set up the connection");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(c->sqlite, limits[i].id, limits[i].value);
	/* Sixteen kilobytes are plenty for the statements of ours. */
	if (sqlite3_db_config(c->sqlite, SQLITE_DBCONFIG_LOOKASIDE, NULL, 256, 64) != SQLITE_OK)
		return connection_fail(c, "set up the connection");
	/* The first to look into the file. */
	if ((rc = sqlite3_exec(c->sqlite, pragmas, NULL, NULL, NULL)) ==
	    SQLITE_READONLY_ROLLBACK) {
		connection_recover(c);
		rc = sqlite3_exec(c->sqlite, pragmas, NULL, NULL, NULL);
	}
	if (rc == SQLITE_OK)
		return ERR_OK;
	if (rc != SQLITE_NOTADB)
		return connection_fail(c, "open the database");
	connection_complain(c, "open the database", "it is not a SQLite database, or it is "
	    "encrypted");
	return ERR_SETUP;
}

enum err
connection_path(const struct config *config, char **path)
{
	if (asprintf(path, "%s/bearward.db", config->state_dir) < 0) {
		*path = NULL;
		return ERR_MEMORY;
	}
	return ERR_OK;
}

enum err
connection_check_private(const struct config *config, FILE *report)
{
	struct connection c = { .report = report };
	char fault[OWNER_FAULT_SIZE];
	enum err err;

	if ((err = connection_path(config, &c.path)) != ERR_OK)
		return err;
	/* A missing one is for connection_open() to tell of. */
	if ((access(c.path, F_OK) == 0 || errno != ENOENT) &&
	    !owner_check_file(config->state_dir, c.path, fault))
		err = connection_refuse(&c, fault);
	free(c.path);
	return err;
}

/* Never SQLITE_OPEN_CREATE: a lost database must not come back as an empty one. */
static enum err
open_file(struct connection *c, const char *path, int flags)
{
	/*
	 * Else every connection asks for twenty pages at once, whatever its cache_size. It counts
	 * for the whole process, and only before its first connection, so before it has threads;
	 * later calls are refused and do nothing.
	 */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	if (sqlite3_open_v2(path, &c->sqlite, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
	    flags, NULL) != SQLITE_OK)
		return connection_fail(c, "open the database");
	return set_up(c);
}

static struct connection *
new_connection(FILE *report)
{
	struct connection *c = calloc(1, sizeof(*c));	/* the caller's */

	if (c == NULL)
		return NULL;
	c->base.engine = &engine_sqlite;
	c->report = report;
	return c;
}

enum err
connection_open(const struct config *config, enum db_mode mode, FILE *report,
    struct connection **connection)
{
	struct connection *c = new_connection(report);	/* owned until it is given away */
	enum err err;

	*connection = NULL;
	if (c == NULL)
		return ERR_MEMORY;
	c->wait = config->storage_wait;
	if ((err = connection_path(config, &c->path)) != ERR_OK)
		goto out;
	if (access(c->path, F_OK) == -1 && errno == ENOENT)
		err = connection_refuse(c, "there is none: run `bearward init`");
	else
		err = open_file(c, c->path, mode >= DB_WRITE ? SQLITE_OPEN_READWRITE :
		    SQLITE_OPEN_READONLY);
	if (err != ERR_OK)
		goto out;
	*connection = c;
	c = NULL;
out:
	connection_close(c);
	return err;
}

enum err
connection_open_alone(const char *path, const char *name, FILE *report,
    struct connection **connection)
{
	static const char alone[] = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY;"
		"PRAGMA synchronous=OFF; PRAGMA cache_size=-8192";
	struct connection *c = new_connection(report);	/* owned until it is given away */
	enum err err = ERR_MEMORY;

	*connection = NULL;
	if (c == NULL || (c->path = strdup(name)) == NULL)
		goto out;
	if ((err = open_file(c, path, SQLITE_OPEN_READWRITE)) != ERR_OK)
		goto out;
	if ((err = connection_execute(c, alone)) != ERR_OK)
		goto out;
	*connection = c;
	c = NULL;
out:
	connection_close(c);
	return err;
}

bool
connection_has_moved(const struct connection *c)
{
	int has_moved = 0;

	(void)sqlite3_file_control(c->sqlite, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
	return has_moved != 0;
}

bool
connection_has_lost_log(const struct connection *c)
{
	struct place now;

	if (!c->is_watched)
		return false;
	place_look(c->path, &now);
	return !place_has_same_log(&c->place, &now);
}

void
connection_close(struct connection *c)
{
	if (c == NULL)
		return;
	statement_free_all(c);
	if (sqlite3_close(c->sqlite) != SQLITE_OK)
		(void)connection_fail(c, "close the database");
	free(c->path);
	free(c);
}
