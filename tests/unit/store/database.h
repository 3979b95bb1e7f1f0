/*
 * database: a database for a test: a file of its own, or the PostgreSQL that
 * BEARWARD_TEST_DATABASE names, emptied, which no other program uses meanwhile; and a look at it
 * by SQL of others.
 */
#ifndef BEARWARD_TESTS_DATABASE_H
#define BEARWARD_TESTS_DATABASE_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/db.h"

/* A statement of a test. A connection knows it by its address, so it lives as long as the test. */
struct database_question {
	struct db_sql sql;
	char *text;				/* owned */
	struct database_question *next;		/* owned */
};

/* What asks. */
struct database_asker {
	pthread_mutex_t mutex;			/* over the rest */
	struct config config;			/* it is patient, whatever a test is */
	struct db *db;				/* owned; NULL until it asks */
	pid_t pid;				/* of the process that opened it */
	struct database_question *questions;	/* owned */
};

struct database {
	char directory[64];
	char path[128];				/* of the file, where it is one */
	struct config config;
	struct db *db;				/* open for writing; NULL: not now */
	int64_t alice;				/* a user, where a test has made her */
	struct database_asker *asker;		/* owned */
};

static inline bool
database_is_sqlite(void)
{
	const char *uri = getenv("BEARWARD_TEST_DATABASE");

	return uri == NULL || *uri == '\0';
}

/* For a test that is about the file, or about what is the same for all engines and slow. */
static inline void
database_needs_sqlite(void)
{
	if (!database_is_sqlite())
		skip();
}

/* Returns the words of PostgreSQL for those of SQLite that tests use; owned. */
static inline char *
database_translate(const char *text)
{
	static const char *const words[][2] = {
		{ "randomblob(16)", "decode(md5(CAST(random() AS text)), 'hex')" },
		{ "randomblob(32)", "sha256(CAST(CAST(random() AS text) AS bytea))" },
		{ "AS BLOB", "AS bytea" },
		{ "rowid", "number" },
		/* A sum of bigint is more than that there. */
		{ "sum(at)", "CAST(sum(at) AS bigint)" },
		{ "sum(count)", "CAST(sum(count) AS bigint)" },
		{ "sum(id)", "CAST(sum(id) AS bigint)" },
	};
	char *translated = NULL;	/* owned */
	size_t len = 0;
	FILE *out = open_memstream(&translated, &len);

	assert_non_null(out);
	while (*text != '\0') {
		size_t i = 0, count = sizeof(words) / sizeof(words[0]);

		while (i < count && strncmp(text, words[i][0], strlen(words[i][0])) != 0)
			i++;
		if (i < count)
			fputs(words[i][1], out);
		else
			fputc(*text, out);
		text += i < count ? strlen(words[i][0]) : 1;
	}
	assert_int_equal(fclose(out), 0);
	return translated;
}

static inline const struct db_sql *
database_find_question(struct database_asker *asker, const char *text)
{
	struct database_question *q = asker->questions;

	while (q != NULL && strcmp(q->text, text) != 0)
		q = q->next;
	if (q == NULL) {
		q = calloc(1, sizeof(*q));
		assert_non_null(q);
		q->text = strdup(text);
		assert_non_null(q->text);
		q->sql.text = q->text;
		q->next = asker->questions;
		asker->questions = q;
	}
	return &q->sql;
}

struct database_asking {
	const struct db_sql *sql;
	int64_t number;
};

static inline enum err
database_do_ask(struct db_connection *connection, void *arg)
{
	struct database_asking *asking = arg;

	return db_run(connection, asking->sql, NULL, db_take_int, &asking->number, NULL);
}

static inline int64_t
database_ask_postgresql(const struct database *d, const char *text)
{
	struct database_asker *asker = d->asker;
	char *translated = database_translate(text);	/* owned */
	struct database_asking asking = {0};

	(void)pthread_mutex_lock(&asker->mutex);
	/* What a parent has is of no use to a child. */
	if (asker->pid != getpid())
		asker->db = NULL;
	asker->pid = getpid();
	asker->config = d->config;
	asker->config.storage_wait = 60000;
	if (asker->db == NULL && db_open(&asker->config, DB_WRITE, &asker->db) != ERR_OK)
		fail_msg("cannot open the database to ask: %s", text);
	asking.sql = database_find_question(asker, translated);
	if (db_transact(asker->db, database_do_ask, &asking) != ERR_OK)
		fail_msg("%s", text);
	(void)pthread_mutex_unlock(&asker->mutex);
	free(translated);
	return asking.number;
}

static inline int64_t
database_ask_sqlite(const struct database *d, const char *text)
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	assert_int_equal(sqlite3_open(d->path, &sqlite), SQLITE_OK);
	sqlite3_busy_timeout(sqlite, 60000);
	if (sqlite3_prepare_v2(sqlite, text, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(sqlite));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	sqlite3_close(sqlite);
	return number;
}

/* Runs SQL as a program would that knows nothing of ours; returns a number where it gives one. */
static inline int64_t
database_vask(const struct database *d, const char *format, va_list args)
{
	char *text = NULL;	/* owned */
	int64_t number;

	assert_true(vasprintf(&text, format, args) >= 0);
	number = database_is_sqlite() ? database_ask_sqlite(d, text) :
	    database_ask_postgresql(d, text);
	free(text);
	return number;
}

static inline int64_t
database_ask(const struct database *d, const char *format, ...)
{
	va_list args;
	int64_t number;

	va_start(args, format);
	number = database_vask(d, format, args);
	va_end(args);
	return number;
}

/* Empties what a test before may have left. */
static inline void
database_empty(const struct database *d)
{
	if (database_is_sqlite())
		return;
	(void)database_ask(d, "TRUNCATE users, known_networks, moments, sessions, grants, "
	    "tickets, dead_tokens, introspectors, audit, outbox, attempts, hosts, settled "
	    "RESTART IDENTITY");
	(void)database_ask(d, "INSERT INTO moments VALUES ('grants', "
	    "CAST(extract(epoch FROM now()) AS bigint)), ('tidy', 0), ('sessions swept', 0), "
	    "('session swept last', 0)");
}

/* Makes one that is ready and empty; it waits for a lock or an answer so many milliseconds. */
static inline void
database_make(struct database *d, enum journal journal, long storage_wait)
{
	FILE *report = tmpfile();
	char said[512] = "";

	assert_non_null(report);
	*d = (struct database){ .asker = calloc(1, sizeof(*d->asker)) };
	assert_non_null(d->asker);
	(void)pthread_mutex_init(&d->asker->mutex, NULL);
	strcpy(d->directory, "/tmp/bearward-store-XXXXXX");
	assert_non_null(mkdtemp(d->directory));
	snprintf(d->path, sizeof(d->path), "%s/bearward.db", d->directory);
	d->config.state_dir = d->directory;
	d->config.storage_wait = storage_wait;
	d->config.journal_mode = journal;
	d->config.database = database_is_sqlite() ? (char *)"" : getenv("BEARWARD_TEST_DATABASE");
	d->config.database_password_file = (char *)"";
	d->config.database_reader = (char *)"";
	d->config.database_reader_password_file = (char *)"";
	d->config.database_connections = 8;
	if (db_prepare(&d->config, NULL, report) != ERR_OK) {
		rewind(report);
		(void)!fread(said, 1, sizeof(said) - 1, report);
		fail_msg("%s", said);
	}
	fclose(report);
	database_empty(d);
}

/* Closes what is open, and removes the directory, in which there may be these files besides. */
static inline void
database_remove(struct database *d, const char *const *others)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "bearward.db-journal",
		"write.lock", "write.queue", "use.lock", NULL,
	};
	const char *const *const lists[] = { names, others };
	struct database_question *q;
	char path[160];

	db_close(d->db);
	db_close(d->asker->db);
	while ((q = d->asker->questions) != NULL) {
		d->asker->questions = q->next;
		free(q->text);
		free(q);
	}
	free(d->asker);
	for (size_t i = 0; i < 2 && lists[i] != NULL; i++)
		for (const char *const *name = lists[i]; *name != NULL; name++) {
			snprintf(path, sizeof(path), "%s/%s", d->directory, *name);
			(void)unlink(path);
		}
	assert_int_equal(rmdir(d->directory), 0);
}

static inline void
database_open(struct database *d)
{
	assert_int_equal(db_open(&d->config, DB_WRITE, &d->db), ERR_OK);
}

#endif
