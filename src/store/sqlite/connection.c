/* connection: one connection to the SQLite file: how it is set up, writes and complains. */
#include "store/sqlite/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/owner.h"

enum {
	CHECKPOINT_FRAMES = 1000,	/* about 4 MiB of log, the usual size */
	CHECKPOINT_WAIT = 100,		/* milliseconds: others wait for our lock meanwhile */
	LOCK_PAUSE = 2,			/* milliseconds between two attempts */
};

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
	"PRAGMA cache_size=-32;"		/* KiB; the kernel caches the file anyway */
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
	connection_complain(c, attempt, sqlite3_errmsg(c->sqlite));
	return sqlite3_errcode(c->sqlite) == SQLITE_NOMEM ? ERR_INTERNAL : ERR_STORAGE;
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
	    connection_fail(c, sql);
}

enum err
connection_prepare(struct connection *c, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v2(c->sqlite, sql, -1, statement, NULL) == SQLITE_OK ? ERR_OK :
	    connection_fail(c, sql);
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
		err = connection_fail(c, sql);
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

static int
note_wal_frames(void *arg, sqlite3 *sqlite, const char *name, int frames)
{
	struct connection *c = arg;

	(void)sqlite;
	(void)name;
	if (frames < c->wal_frames)
		c->checkpoint_past = CHECKPOINT_FRAMES;	/* the log has started anew */
	c->wal_frames = frames;
	return SQLITE_OK;
}

static enum err
set_up(struct connection *c)
{
	enum err err;
	int rc;

	sqlite3_busy_timeout(c->sqlite, (int)c->wait);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (sqlite3_db_config(c->sqlite, options[i].option, options[i].value, NULL) !=
		    SQLITE_OK)
			return connection_fail(c, "set up the connection");
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(c->sqlite, limits[i].id, limits[i].value);
	/* Sixteen kilobytes are plenty for the statements of store.c. */
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
	err = connection_fail(c, "open the database");
	return rc == SQLITE_NOTADB ? ERR_SETUP : err;
}

static enum err
open_lock(const struct config *config, struct connection *c)
{
	char *path = NULL;	/* owned */
	enum err err = ERR_OK;

	if (asprintf(&path, "%s/write.lock", config->state_dir) < 0)
		return ERR_INTERNAL;
	if ((c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == -1) {
		connection_complain(c, "open write.lock", strerror(errno));
		err = ERR_STORAGE;
	}
	free(path);
	return err;
}

enum err
connection_path(const struct config *config, char **path)
{
	if (asprintf(path, "%s/bearward.db", config->state_dir) < 0) {
		*path = NULL;
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

enum err
connection_check_private(const struct config *config, FILE *report)
{
	struct connection c = { .lock = -1, .report = report };
	char fault[OWNER_FAULT_SIZE];
	enum err err;

	if ((err = connection_path(config, &c.path)) != ERR_OK)
		return err;
	/* A missing one is for connection_open() to tell of. */
	if ((access(c.path, F_OK) == 0 || errno != ENOENT) && !owner_check(c.path, fault))
		err = connection_refuse(&c, fault);
	free(c.path);
	return err;
}

enum err
connection_open(const struct config *config, enum store_mode mode, FILE *report,
    struct connection *c)
{
	/* Never SQLITE_OPEN_CREATE: a lost database must not come back as an empty one. */
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
	    (mode == STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	enum err err;

	*c = (struct connection){
		.lock = -1, .wait = config->storage_wait, .report = report,
		.checkpoint_past = CHECKPOINT_FRAMES,
	};
	if ((err = connection_path(config, &c->path)) != ERR_OK)
		return err;
	if (access(c->path, F_OK) == -1 && errno == ENOENT)
		return connection_refuse(c, "there is none: run `bearward init`");
	if (mode == STORE_WRITE && (err = open_lock(config, c)) != ERR_OK)
		return err;
	/*
	 * Else every connection asks for twenty pages at once, whatever its cache_size. It counts
	 * for the whole process, and only before its first connection, so before it has threads;
	 * later calls are refused and do nothing.
	 */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	if (sqlite3_open_v2(c->path, &c->sqlite, flags, NULL) != SQLITE_OK)
		return connection_fail(c, "open the database");
	if ((err = set_up(c)) != ERR_OK)
		return err;
	/* After wal_autocheckpoint=0, which uses the same slot. */
	sqlite3_wal_hook(c->sqlite, note_wal_frames, c);
	return ERR_OK;
}

void
connection_close(struct connection *c)
{
	if (sqlite3_close(c->sqlite) != SQLITE_OK)
		(void)connection_fail(c, "close the database");
	if (c->lock != -1)
		(void)close(c->lock);
	free(c->path);
	*c = (struct connection){ .lock = -1 };
}

static enum err
lock_writers(struct connection *c, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE * 1000000 };

	while (flock(c->lock, LOCK_EX | LOCK_NB) == -1) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_ms() >= deadline) {
			connection_complain(c, "lock write.lock", strerror(errno));
			return ERR_STORAGE;
		}
		(void)nanosleep(&pause, NULL);
	}
	return ERR_OK;
}

static void
unlock_writers(struct connection *c)
{
	sqlite3_busy_timeout(c->sqlite, (int)c->wait);
	(void)flock(c->lock, LOCK_UN);
}

/* Some errors have rolled back by themselves. */
static void
roll_back(struct connection *c)
{
	if (!sqlite3_get_autocommit(c->sqlite))
		(void)!connection_execute(c, "ROLLBACK");
}

/*
 * Moves the log into the database. Busy readers are no harm: it is tried again when the log has
 * grown by as much again, so that a backup under way does not slow down every write.
 */
static void
checkpoint(struct connection *c)
{
	int rc;

	sqlite3_busy_timeout(c->sqlite, CHECKPOINT_WAIT);
	rc = sqlite3_wal_checkpoint_v2(c->sqlite, "main", SQLITE_CHECKPOINT_FULL, NULL, NULL);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		(void)connection_fail(c, "checkpoint");
	c->checkpoint_past = c->wal_frames + CHECKPOINT_FRAMES;
}

enum err
connection_begin(struct connection *c)
{
	int64_t deadline = clock_ms() + c->wait;
	int64_t left;
	enum err err;

	if ((err = lock_writers(c, deadline)) != ERR_OK)
		return err;
	/* What is left of the same wait is for writers that know nothing of our lock. */
	left = deadline - clock_ms();
	sqlite3_busy_timeout(c->sqlite, left > 0 ? (int)left : 1);
	roll_back(c);		/* what a rollback that failed has left */
	if ((err = connection_execute(c, "BEGIN IMMEDIATE")) != ERR_OK)
		unlock_writers(c);
	return err;
}

enum err
connection_end(struct connection *c, enum err err)
{
	if (err == ERR_OK)
		err = connection_execute(c, "COMMIT");
	if (err != ERR_OK)
		roll_back(c);
	else if (c->wal_frames > c->checkpoint_past)
		checkpoint(c);
	unlock_writers(c);
	return err;
}
