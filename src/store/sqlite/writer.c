/* writer: the connection of a process that writes. */
#include "store/sqlite/writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_lock.h"

enum {
	CHECKPOINT_FRAMES = 1000,	/* about 4 MiB of log, the usual size */
	TRUNCATE_FRAMES = 2 * CHECKPOINT_FRAMES,
	CHECKPOINT_WAIT = 100,		/* milliseconds: others wait for our lock meanwhile */
	CHECKPOINT_PAUSE = 100,	/* milliseconds between two of them, while there is no room */
};

struct writer {
	struct connection *connection;	/* owned */
	struct write_lock lock;
	int wal_frames;			/* in the write-ahead log, after our last commit */
	int checkpoint_past;		/* that many frames */
	bool is_out_of_room;		/* the disk is full, or a quota is exceeded */
	int64_t make_room_at;		/* not before this moment of clock_ms() */
};

static const struct db_sql begin = { .text = "BEGIN IMMEDIATE" };
static const struct db_sql commit = { .text = "COMMIT" };
static const struct db_sql rollback = { .text = "ROLLBACK" };
static const struct db_sql savepoint = { .text = "SAVEPOINT change" };
static const struct db_sql undo = { .text = "ROLLBACK TO change" };
static const struct db_sql release = { .text = "RELEASE change" };

static int
note_wal_frames(void *arg, sqlite3 *sqlite, const char *name, int frames)
{
	struct writer *writer = arg;

	(void)sqlite;
	(void)name;
	if (frames < writer->wal_frames)
		writer->checkpoint_past = CHECKPOINT_FRAMES;	/* the log has started anew */
	writer->wal_frames = frames;
	return SQLITE_OK;
}

enum err
writer_open(const struct config *config, FILE *report, struct writer **writer)
{
	struct writer *w = calloc(1, sizeof(*w));	/* owned until it is given away */
	enum err err;

	*writer = NULL;
	if (w == NULL)
		return ERR_MEMORY;
	w->lock = (struct write_lock){ .fd = -1, .queue = -1 };
	w->checkpoint_past = CHECKPOINT_FRAMES;
	if ((err = connection_open(config, DB_WRITE, report, &w->connection)) != ERR_OK)
		goto out;
	if ((err = write_lock_open(config, &w->lock)) != ERR_OK) {
		connection_complain(w->connection, "open write.lock", strerror(errno));
		goto out;
	}
	/* After wal_autocheckpoint=0, which uses the same slot. */
	sqlite3_wal_hook(w->connection->sqlite, note_wal_frames, w);
	*writer = w;
	w = NULL;
out:
	writer_close(w);
	return err;
}

void
writer_close(struct writer *writer)
{
	if (writer == NULL)
		return;
	write_lock_close(&writer->lock);
	connection_close(writer->connection);
	free(writer);
}

struct connection *
writer_connection(struct writer *writer)
{
	return writer->connection;
}

static enum err
run(struct writer *writer, const struct db_sql *sql)
{
	return statement_run(writer->connection, sql, NULL, NULL, NULL, NULL);
}

/* Some errors have rolled back by themselves. */
static void
roll_back(struct writer *writer)
{
	if (!sqlite3_get_autocommit(writer->connection->sqlite))
		(void)!run(writer, &rollback);
}

/* Tells a want of room; a quota is a failed write to SQLite. */
static bool
is_want_of_room(int rc)
{
	return (rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_WRITE;
}

/* To be called before anything else is asked of the connection. */
static void
note_failure(struct writer *writer)
{
	if (is_want_of_room(sqlite3_extended_errcode(writer->connection->sqlite)))
		writer->is_out_of_room = true;
}

/*
 * A log that has its place in the database keeps its room on the disk, and begins anew with the
 * next change. One that an import has made large gives the room back. It would also never begin
 * anew where no process stays: each one that opens the database reads the log that it finds.
 */
static int
choose_checkpoint(const struct writer *writer)
{
	return writer->wal_frames > TRUNCATE_FRAMES && !writer->is_out_of_room
	    ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_FULL;
}

/*
 * Moves the log into the database. Busy readers are no harm: it is tried again when the log has
 * grown by as much again, so that a backup under way does not slow down every write.
 */
static void
checkpoint(struct writer *writer)
{
	struct connection *c = writer->connection;
	int rc;

	sqlite3_busy_timeout(c->sqlite, CHECKPOINT_WAIT);
	rc = sqlite3_wal_checkpoint_v2(c->sqlite, "main", choose_checkpoint(writer), NULL, NULL);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		(void)connection_fail(c, "checkpoint");
	writer->is_out_of_room = is_want_of_room(rc);
	writer->make_room_at = clock_ms() + CHECKPOINT_PAUSE;
	writer->checkpoint_past = writer->wal_frames + CHECKPOINT_FRAMES;
}

static enum err
take_lock(struct writer *writer, int64_t deadline)
{
	enum err err = write_lock_take(&writer->lock, deadline);

	if (err != ERR_OK)
		connection_complain(writer->connection, "lock write.lock", errno == ETIMEDOUT ?
		    "other processes were writing all the while" : strerror(errno));
	return err;
}

/* Checks that what is written to is what others read, and what there is after a restart. */
static enum err
check_place(const struct writer *writer)
{
	const struct connection *c = writer->connection;
	const char *fault = NULL;

	if (connection_has_moved(c))
		fault = "the database has been removed or replaced: restart all of bearward";
	else if (connection_has_lost_log(c))
		fault = "its -wal or -shm has been removed or replaced: restart all of bearward";
	if (fault == NULL)
		return ERR_OK;
	connection_complain(c, "change something", fault);
	return ERR_STORAGE;
}

enum err
writer_begin(struct writer *writer, int64_t deadline)
{
	int64_t left;
	enum err err;

	if ((err = take_lock(writer, deadline)) != ERR_OK)
		return err;
	if ((err = check_place(writer)) != ERR_OK) {
		write_lock_release(&writer->lock);
		return err;
	}
	/* What is left of the same wait is for writers that know nothing of our lock. */
	left = deadline - clock_ms();
	sqlite3_busy_timeout(writer->connection->sqlite, left > 0 ? (int)left : 1);
	roll_back(writer);	/* what a rollback that failed has left */
	if ((err = run(writer, &begin)) != ERR_OK)
		write_lock_release(&writer->lock);
	return err;
}

enum err
writer_work(struct writer *writer, db_work *work, void *arg, enum err *result)
{
	enum err err;

	if ((err = *result = run(writer, &savepoint)) != ERR_OK)
		return err;
	if ((*result = work(&writer->connection->base, arg)) != ERR_OK) {
		note_failure(writer);
		/* Some errors, as of a full disk, have rolled back everything. */
		if (sqlite3_get_autocommit(writer->connection->sqlite))
			return *result == ERR_MEMORY ? ERR_MEMORY : ERR_STORAGE;
		err = run(writer, &undo);
	}
	return err == ERR_OK ? run(writer, &release) : err;
}

enum err
writer_commit(struct writer *writer, enum err err)
{
	if (err == ERR_OK && (err = check_place(writer)) == ERR_OK) {
		err = run(writer, &commit);
		/* Whose change it was that refers to nothing is not known any more. */
		if (err == ERR_REFERENCED)
			err = connection_fail_statement(writer->connection, commit.text);
		if (err != ERR_OK)
			note_failure(writer);
		else
			writer->make_room_at = 0;	/* before the log takes the room */
	}
	if (err != ERR_OK)
		roll_back(writer);
	/* What went while that was under way took the change along. */
	return err == ERR_OK ? check_place(writer) : err;
}

/*
 * A log that cannot grow keeps every change from being made, though most of what it holds has its
 * place in the database already: once it is there, the log starts anew in the room it has.
 */
static bool
is_time_to_checkpoint(const struct writer *writer)
{
	/* Others may have another log by now, and change the database by that. */
	if (connection_has_lost_log(writer->connection))
		return false;
	if (writer->wal_frames > writer->checkpoint_past)
		return true;
	return writer->is_out_of_room && clock_ms() >= writer->make_room_at;
}

void
writer_release(struct writer *writer)
{
	if (is_time_to_checkpoint(writer))
		checkpoint(writer);
	sqlite3_busy_timeout(writer->connection->sqlite, (int)writer->connection->wait);
	write_lock_release(&writer->lock);
}
