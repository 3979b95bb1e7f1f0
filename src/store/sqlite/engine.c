/* engine: SQLite as store/engine.h wants it: one writer, and readers that are borrowed in turn. */
#include "store/engine.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/pool.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/group.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/use_lock.h"
#include "store/sqlite/writer.h"

/*
 * Milliseconds beyond storage_wait until a read gives up because all connections are busy. Those
 * who have one return it within microseconds, or within storage_wait of their own.
 */
enum { BORROW_WAIT = 1000 };

enum { READERS = 8 };		/* connections to read on, at most */

/* Milliseconds for which a reader trusts that its file is in place: a look costs a stat(). */
enum { LOOK_PERIOD = 100 };

struct database {
	struct db base;
	const struct config *config;	/* borrowed */
	enum db_mode mode;
	int use_lock;			/* owned; shared with all who use the database */
	struct pool *readers;		/* owned */
	struct group *writers;		/* owned; NULL: it is opened for reading */
	pthread_mutex_t mutex;		/* over what follows */
	struct place place;		/* the files that this process has open */
};

static enum err
refuse_lost_log(const struct connection *c)
{
	connection_complain(c, "use the database",
	    "its -wal or -shm has been removed or replaced: restart all of bearward");
	return ERR_STORAGE;
}

/*
 * Notes where the files of a new connection are. The connections of a process share one -shm as
 * long as the database is the same file, so that the first of them counts for all.
 */
static enum err
watch(struct database *database, struct connection *c)
{
	bool is_lost;

	if (database->config->journal_mode != JOURNAL_WAL)
		return ERR_OK;
	place_look(c->path, &c->place);
	c->is_watched = true;
	(void)pthread_mutex_lock(&database->mutex);
	if (!place_has_same_database(&database->place, &c->place))
		database->place = c->place;
	is_lost = !place_has_same_log(&database->place, &c->place);
	(void)pthread_mutex_unlock(&database->mutex);
	return is_lost ? refuse_lost_log(c) : ERR_OK;
}

static enum err
connect_reader(void *arg, struct db_connection **connection)
{
	struct database *database = arg;
	struct connection *c = NULL;	/* owned until it is given away */
	enum err err;

	*connection = NULL;
	/* Before anything else: SQLite should not read what somebody else has prepared for it. */
	if ((err = connection_check_private(database->config, NULL)) != ERR_OK)
		goto out;
	if ((err = connection_open(database->config, DB_READ, NULL, &c)) != ERR_OK)
		goto out;
	if ((err = schema_check(database->config, database->mode, c)) != ERR_OK)
		goto out;
	if ((err = watch(database, c)) != ERR_OK)
		goto out;
	*connection = &c->base;
	c = NULL;
out:
	connection_close(c);
	return err;
}

static void
disconnect_reader(struct db_connection *connection)
{
	connection_close((struct connection *)connection);
}

static enum err
open_writer(struct database *database)
{
	struct writer *writer = NULL;	/* owned until it is given away */
	enum err err;

	if ((err = connection_check_private(database->config, NULL)) != ERR_OK)
		goto out;
	if ((err = writer_open(database->config, NULL, &writer)) != ERR_OK)
		goto out;
	if ((err = schema_check(database->config, database->mode,
	    writer_connection(writer))) != ERR_OK)
		goto out;
	if ((err = watch(database, writer_connection(writer))) != ERR_OK)
		goto out;
	err = group_new(writer, &database->writers);
	writer = NULL;
out:
	writer_close(writer);
	return err;
}

/* Opens one reader, which stays: whatever is wrong is said at once. */
static enum err
open_first_reader(struct database *database)
{
	struct db_connection *connection;	/* borrowed */
	enum err err = pool_borrow(database->readers, clock_ms(), &connection);

	if (err == ERR_OK)
		pool_return(database->readers, connection);
	return err;
}

static void
close_database(struct db *db)
{
	struct database *database = (struct database *)db;

	group_free(database->writers);
	pool_free(database->readers);
	if (database->use_lock != -1)
		(void)close(database->use_lock);
	(void)pthread_mutex_destroy(&database->mutex);
	free(database);
}

static bool
is_there(const struct config *config)
{
	char *path = NULL;	/* owned */
	bool is_missing = false;

	if (connection_path(config, &path) == ERR_OK)
		is_missing = access(path, F_OK) == -1 && errno == ENOENT;
	free(path);
	return !is_missing;
}

static enum err
share_lock(struct database *database)
{
	if (use_lock_share(database->config, &database->use_lock) == ERR_OK)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot use the database", LOG_TEXT("reason", "a backup is being "
	    "brought back; try again when that is done"));
	return ERR_STORAGE;
}

static enum err
open_database(const struct config *config, enum db_mode mode, struct db **db)
{
	struct database *database;	/* owned until it is given away */
	enum err err;

	*db = NULL;
	if ((database = calloc(1, sizeof(*database))) == NULL)
		return ERR_MEMORY;
	database->base.engine = &engine_sqlite;
	database->config = config;
	database->mode = mode;
	(void)pthread_mutex_init(&database->mutex, NULL);
	err = share_lock(database);
	if (err == ERR_OK)
		err = pool_new(&(struct pool_source){ connect_reader, disconnect_reader,
		    database }, READERS, &database->readers);
	if (err == ERR_OK)
		err = mode >= DB_WRITE ? open_writer(database) : open_first_reader(database);
	if (err == ERR_OK)
		*db = &database->base;
	else
		close_database(&database->base);
	return err;
}

/*
 * The files of a writer. A log is as good as the database: with a frame in it, a reader could
 * change everything.
 */
static const char *const written[] = {
	"bearward.db", "bearward.db-wal", "bearward.db-shm", "write.lock", "write.queue",
};

/* A reader marks in -shm what it reads. */
static void
allow_reading(const struct config *config, struct sandbox_plan *plan)
{
	sandbox_allow(plan, SANDBOX_READ, config->state_dir, "bearward.db");
	if (config->journal_mode == JOURNAL_DELETE)
		return;
	sandbox_allow(plan, SANDBOX_READ, config->state_dir, "bearward.db-wal");
	sandbox_allow(plan, SANDBOX_WRITE, config->state_dir, "bearward.db-shm");
}

/*
 * With `journal_mode = delete`, each change makes a file and removes it, and whoever comes upon
 * one that was left behind undoes the change.
 */
static void
allow(const struct config *config, enum db_mode mode, struct sandbox_plan *plan)
{
	if (config->journal_mode == JOURNAL_DELETE && mode != DB_WATCH)
		sandbox_allow(plan, SANDBOX_CHANGE_BELOW, config->state_dir, "");
	else if (mode < DB_WRITE)
		allow_reading(config, plan);
	else
		for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
			sandbox_allow(plan, SANDBOX_WRITE, config->state_dir, written[i]);
}

/* What has become of the files of a reader. */
enum look { LOOK_FINE, LOOK_MOVED, LOOK_LOST_LOG };

/* Looks for the files of a reader, unless that was done a moment ago and all was in place. */
static enum look
look(struct connection *c, int64_t now)
{
	if (now - c->looked_at < LOOK_PERIOD)
		return LOOK_FINE;
	if (connection_has_moved(c))
		return LOOK_MOVED;
	if (connection_has_lost_log(c))
		return LOOK_LOST_LOG;
	c->looked_at = now;
	return LOOK_FINE;
}

/* Borrows a reader of the file that is there now. */
static enum err
borrow_reader(struct database *database, struct db_connection **connection)
{
	const int64_t now = clock_ms();
	const int64_t deadline = now + database->config->storage_wait + BORROW_WAIT;
	enum look found = LOOK_MOVED;
	enum err err = ERR_OK;

	while (found == LOOK_MOVED) {
		if ((err = pool_borrow(database->readers, deadline, connection)) != ERR_OK)
			return err;
		found = look((struct connection *)*connection, now);
		if (found == LOOK_MOVED)
			pool_discard(database->readers, *connection);
	}
	if (found == LOOK_LOST_LOG) {
		err = refuse_lost_log((struct connection *)*connection);
		pool_return(database->readers, *connection);
	}
	return err;
}

static enum err
read_rows(struct db *db, const struct db_sql *sql, const struct db_value *values, db_take *take,
    void *arg)
{
	struct database *database = (struct database *)db;
	struct db_connection *connection;	/* borrowed */
	enum err err;

	if ((err = borrow_reader(database, &connection)) != ERR_OK)
		return err;
	err = statement_run((struct connection *)connection, sql, values, take, arg, NULL);
	pool_return(database->readers, connection);
	return err;
}

static enum err
transact(struct db *db, db_work *work, void *arg)
{
	struct database *database = (struct database *)db;

	if (database->writers != NULL)
		return group_transact(database->writers, work, arg);
	log_event(LEVEL_ERROR, "storage failed", LOG_TEXT("attempt", "change something"),
	    LOG_TEXT("reason", "the database is open for reading only"));
	return ERR_STORAGE;
}

static enum err
run(struct db_connection *connection, const struct db_sql *sql, const struct db_value *values,
    db_take *take, void *arg, int64_t *rows)
{
	return statement_run((struct connection *)connection, sql, values, take, arg, rows);
}

const struct engine engine_sqlite = {
	.is_sqlite = true,
	.is_there = is_there,
	.open = open_database,
	.allow = allow,
	.close = close_database,
	.read = read_rows,
	.transact = transact,
	.run = run,
	.is_null = statement_is_null,
	.is_text = statement_is_text,
	.number = statement_number,
	.data = statement_data,
};
