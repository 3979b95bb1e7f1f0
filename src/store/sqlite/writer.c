/* writer: the connection of a process that writes. */
#include "store/sqlite/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_lock.h"

enum {
	CHECKPOINT_FRAMES = 1000,	/* about 4 MiB of log, the usual size */
	CHECKPOINT_WAIT = 100,		/* milliseconds: others wait for our lock meanwhile */
};

struct writer {
	struct connection *connection;	/* owned */
	pthread_mutex_t mutex;		/* held from writer_begin() to writer_end() */
	struct write_lock lock;
	int wal_frames;			/* in the write-ahead log, after our last commit */
	int checkpoint_past;		/* that many frames */
};

static const struct db_sql begin = { .text = "BEGIN IMMEDIATE" };
static const struct db_sql commit = { .text = "COMMIT" };
static const struct db_sql rollback = { .text = "ROLLBACK" };

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
		return ERR_INTERNAL;
	w->lock = (struct write_lock){ .fd = -1, .queue = -1 };
	w->checkpoint_past = CHECKPOINT_FRAMES;
	(void)pthread_mutex_init(&w->mutex, NULL);
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
	(void)pthread_mutex_destroy(&writer->mutex);
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

/* Locks out the threads of this process first, then the other processes. */
static enum err
lock(struct writer *writer, int64_t deadline)
{
	const struct timespec until = {
		.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000,
	};
	enum err err;
	int failure = pthread_mutex_clocklock(&writer->mutex, CLOCK_MONOTONIC, &until);

	if (failure != 0) {
		connection_complain(writer->connection, "wait for another thread",
		    strerror(failure));
		return ERR_STORAGE;
	}
	if ((err = write_lock_take(&writer->lock, deadline)) != ERR_OK) {
		connection_complain(writer->connection, "lock write.lock", errno == ETIMEDOUT ?
		    "other processes were writing all the while" : strerror(errno));
		(void)pthread_mutex_unlock(&writer->mutex);
	}
	return err;
}

static void
unlock(struct writer *writer)
{
	write_lock_release(&writer->lock);
	(void)pthread_mutex_unlock(&writer->mutex);
}

/* Some errors have rolled back by themselves. */
static void
roll_back(struct writer *writer)
{
	if (!sqlite3_get_autocommit(writer->connection->sqlite))
		(void)!run(writer, &rollback);
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
	rc = sqlite3_wal_checkpoint_v2(c->sqlite, "main", SQLITE_CHECKPOINT_FULL, NULL, NULL);
	if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
		(void)connection_fail(c, "checkpoint");
	writer->checkpoint_past = writer->wal_frames + CHECKPOINT_FRAMES;
}

enum err
writer_begin(struct writer *writer)
{
	int64_t deadline = clock_ms() + writer->connection->wait;
	int64_t left;
	enum err err;

	if ((err = lock(writer, deadline)) != ERR_OK)
		return err;
	/* What is left of the same wait is for writers that know nothing of our lock. */
	left = deadline - clock_ms();
	sqlite3_busy_timeout(writer->connection->sqlite, left > 0 ? (int)left : 1);
	roll_back(writer);	/* what a rollback that failed has left */
	if ((err = run(writer, &begin)) != ERR_OK)
		unlock(writer);
	return err;
}

enum err
writer_end(struct writer *writer, enum err err)
{
	if (err == ERR_OK)
		err = run(writer, &commit);
	if (err != ERR_OK)
		roll_back(writer);
	else if (writer->wal_frames > writer->checkpoint_past)
		checkpoint(writer);
	unlock(writer);
	return err;
}

enum err
writer_transact(struct writer *writer, db_work *work, void *arg)
{
	enum err err = writer_begin(writer);

	if (err != ERR_OK)
		return err;
	return writer_end(writer, work(&writer->connection->base, arg));
}
