/* test_db: statements and transactions, of one thread and of many, do what they say. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/db.h"

enum {
	CONNECTIONS = 8,	/* for reading, at most */
	THREADS = 8,
	ROUNDS = 10,
	LONG = 60000,		/* milliseconds */
	SHORT = 30,
};

/* A state directory of its own for each test, and in its database a table of the test. */
struct fixture {
	char directory[64];
	char path[128];		/* of the database */
	struct config config;
	struct db *db;		/* open for writing */
};

/* Runs SQL as a program would that knows nothing of ours. */
static void
run_foreign(const struct fixture *f, const char *sql)
{
	sqlite3 *sqlite = NULL;

	assert_int_equal(sqlite3_open(f->path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sqlite);
}

static int
set_up_with(enum journal journal, void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	FILE *report = fopen("/dev/null", "w");

	assert_non_null(f);
	assert_non_null(report);
	strcpy(f->directory, "/tmp/bearward-db-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/bearward.db", f->directory);
	f->config.state_dir = f->directory;
	f->config.storage_wait = LONG;
	f->config.journal_mode = journal;
	assert_int_equal(db_prepare(&f->config, NULL, report), ERR_OK);
	fclose(report);
	run_foreign(f, "CREATE TABLE t (id INTEGER PRIMARY KEY, name UNIQUE, data);"
	    "CREATE TABLE keyed (key BLOB PRIMARY KEY);"
	    "CREATE TABLE child (id REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
	assert_int_equal(db_open(&f->config, DB_WRITE, &f->db), ERR_OK);
	*state = f;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_with(JOURNAL_WAL, state);
}

static int
set_up_delete(void **state)
{
	return set_up_with(JOURNAL_DELETE, state);
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "bearward.db-journal",
		"write.lock", "write.queue",
	};
	struct fixture *f = *state;
	char path[128];

	db_close(f->db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->directory, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

static const struct db_sql insert = { .text = "INSERT INTO t (name, data) VALUES ($1, $2)" };
static const struct db_sql count = { .text = "SELECT count(*) FROM t" };
static const struct db_sql count_named = { .text = "SELECT count(*) FROM t WHERE name = $1" };
static const struct db_sql all = { .text = "SELECT name, data FROM t ORDER BY id" };

static enum err
take_int(const struct db_row *row, void *number)
{
	*(int64_t *)number = db_row_int(row, 0);
	return ERR_OK;
}

static int64_t
count_rows(struct db *db)
{
	int64_t number = -1;

	assert_int_equal(db_read(db, &count, NULL, take_int, &number), ERR_OK);
	return number;
}

static int64_t
count_rows_named(struct db *db, int64_t name)
{
	int64_t number = -1;

	assert_int_equal(db_read(db, &count_named, DB_VALUES(db_int(name)), take_int, &number),
	    ERR_OK);
	return number;
}

static enum err
insert_name(struct db *db, int64_t name)
{
	return db_change(db, &insert, DB_VALUES(db_int(name), db_int(0)), NULL, NULL, NULL);
}

/* Values and rows. */

struct values {
	int64_t number;
	char *text;
	char bytes[16];
	size_t len;
	bool is_null;
};

static enum err
take_values(const struct db_row *row, void *arg)
{
	struct values *values = arg;

	values->number = db_row_int(row, 0);
	assert_int_equal(db_row_text(row, 1, &values->text), ERR_OK);
	assert_int_equal(db_row_bytes(row, 2, values->bytes, sizeof(values->bytes),
	    &values->len), ERR_OK);
	values->is_null = db_row_is_null(row, 3) && !db_row_is_null(row, 0);
	return ERR_OK;
}

static void
values_come_back_as_they_were_given(void **state)
{
	static const struct db_sql sql = { .text = "SELECT $1, $2, $3, $4" };
	static const char *const texts[] = { "J\xc3\xbcrgen", "" };
	static const size_t lens[] = { 5, 0 };
	static const int64_t numbers[] = { INT64_MIN, INT64_MAX };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		struct values values = {0};

		assert_int_equal(db_read(f->db, &sql, DB_VALUES(db_int(numbers[i]),
		    db_text(texts[i]), db_bytes("\0\xff\0ab", lens[i]), db_text(NULL)),
		    take_values, &values), ERR_OK);
		assert_int_equal(values.number, numbers[i]);
		assert_string_equal(values.text, texts[i]);
		assert_int_equal(values.len, lens[i]);
		assert_memory_equal(values.bytes, "\0\xff\0ab", lens[i]);
		assert_true(values.is_null);
		free(values.text);
	}
}

static void
a_parameter_may_stand_anywhere_and_several_times(void **state)
{
	static const struct db_sql sql = {
		.text = "SELECT $10 * 1000 + $2 * 100 + $1 * 10 + $2 "
			"+ 0 * ($3 + $4 + $5 + $6 + $7 + $8 + $9)",
	};
	struct fixture *f = *state;
	int64_t number = 0;

	assert_int_equal(db_read(f->db, &sql, DB_VALUES(db_int(1), db_int(2), db_int(3),
	    db_int(4), db_int(5), db_int(6), db_int(7), db_int(8), db_int(9), db_int(7)),
	    take_int, &number), ERR_OK);
	assert_int_equal(number, 7212);
}

static enum err
take_text(const struct db_row *row, void *text)
{
	return db_row_text(row, 0, text);
}

static enum err
take_two_bytes(const struct db_row *row, void *len)
{
	char bytes[2];

	return db_row_bytes(row, 0, bytes, sizeof(bytes), len);
}

static void
a_value_that_does_not_fit_is_refused(void **state)
{
	static const struct db_sql null = { .text = "SELECT NULL" };
	static const struct db_sql nul = { .text = "SELECT 'a' || char(0) || 'b'" };
	static const struct db_sql latin1 = { .text = "SELECT CAST(x'e9' AS TEXT)" };
	static const struct db_sql bytes = { .text = "SELECT x'010203'" };
	struct fixture *f = *state;
	char *text = NULL;
	size_t len = 1;

	assert_int_equal(db_read(f->db, &null, NULL, take_text, &text), ERR_STORAGE);
	assert_int_equal(db_read(f->db, &nul, NULL, take_text, &text), ERR_STORAGE);
	assert_int_equal(db_read(f->db, &latin1, NULL, take_text, &text), ERR_STORAGE);
	assert_null(text);
	assert_int_equal(db_read(f->db, &bytes, NULL, take_two_bytes, &len), ERR_STORAGE);
	assert_int_equal(db_read(f->db, &null, NULL, take_two_bytes, &len), ERR_OK);
	assert_int_equal(len, 0);
}

static enum err
take_two_rows(const struct db_row *row, void *arg)
{
	int *taken = arg;

	(void)row;
	return ++*taken == 2 ? ERR_NOT_FOUND : ERR_OK;
}

static void
what_a_row_is_answered_with_ends_a_statement_and_undoes_a_change(void **state)
{
	static const struct db_sql update = { .text = "UPDATE t SET data = 1 RETURNING id" };
	static const struct db_sql changed = { .text = "SELECT count(*) FROM t WHERE data = 1" };
	struct fixture *f = *state;
	int64_t number = -1;
	int taken = 0;

	for (int64_t name = 0; name < 3; name++)
		assert_int_equal(insert_name(f->db, name), ERR_OK);

	assert_int_equal(db_read(f->db, &all, NULL, take_two_rows, &taken), ERR_NOT_FOUND);
	assert_int_equal(taken, 2);
	taken = 0;
	assert_int_equal(db_change(f->db, &update, NULL, take_two_rows, &taken, NULL),
	    ERR_NOT_FOUND);
	assert_int_equal(taken, 2);
	assert_int_equal(db_read(f->db, &changed, NULL, take_int, &number), ERR_OK);
	assert_int_equal(number, 0);
}

static void
a_change_says_how_many_rows_it_changed_or_returned(void **state)
{
	static const struct db_sql update = { .text = "UPDATE t SET data = 1 WHERE name < $1" };
	static const struct db_sql delete = { .text = "DELETE FROM t RETURNING id" };
	struct fixture *f = *state;
	int64_t rows = -1;

	for (int64_t name = 0; name < 3; name++)
		assert_int_equal(insert_name(f->db, name), ERR_OK);

	assert_int_equal(db_change(f->db, &update, DB_VALUES(db_int(2)), NULL, NULL, &rows),
	    ERR_OK);
	assert_int_equal(rows, 2);
	assert_int_equal(db_change(f->db, &update, DB_VALUES(db_int(0)), NULL, NULL, &rows),
	    ERR_OK);
	assert_int_equal(rows, 0);
	assert_int_equal(db_change(f->db, &delete, NULL, NULL, NULL, &rows), ERR_OK);
	assert_int_equal(rows, 3);
}

static void
a_key_that_stands_already_is_a_conflict(void **state)
{
	static const struct db_sql insert_key = { .text = "INSERT INTO keyed VALUES ($1)" };
	struct fixture *f = *state;
	struct db_value key = db_bytes("key", 3);

	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	assert_int_equal(insert_name(f->db, 1), ERR_CONFLICT);
	assert_int_equal(count_rows(f->db), 1);
	assert_int_equal(db_change(f->db, &insert_key, DB_VALUES(key), NULL, NULL, NULL), ERR_OK);
	assert_int_equal(db_change(f->db, &insert_key, DB_VALUES(key), NULL, NULL, NULL),
	    ERR_CONFLICT);
}

static void
what_is_read_changes_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(db_read(f->db, &insert, DB_VALUES(db_int(1), db_int(1)), NULL, NULL),
	    ERR_STORAGE);
	assert_int_equal(count_rows(f->db), 0);
}

static void
a_statement_goes_on_when_the_schema_has_changed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	assert_int_equal(count_rows(f->db), 1);
	run_foreign(f, "ALTER TABLE t ADD COLUMN more; CREATE INDEX i ON t (data)");
	assert_int_equal(insert_name(f->db, 2), ERR_OK);
	assert_int_equal(count_rows(f->db), 2);
}

/* Transactions. */

struct two_names {
	int64_t names[2];
	int64_t seen;		/* rows after the first */
	enum err err;		/* what the work comes to */
};

static enum err
insert_two(struct db_connection *connection, void *arg)
{
	struct two_names *two = arg;
	enum err err = ERR_OK;

	for (size_t i = 0; i < 2 && err == ERR_OK; i++) {
		err = db_run(connection, &insert, DB_VALUES(db_int(two->names[i]), db_int(0)),
		    NULL, NULL, NULL);
		if (i == 0 && err == ERR_OK)
			err = db_run(connection, &count, NULL, take_int, &two->seen, NULL);
	}
	return err == ERR_OK ? two->err : err;
}

static void
a_transaction_is_done_as_a_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct two_names good = { .names = { 1, 2 } };
	struct two_names conflict = { .names = { 3, 1 } };
	struct two_names refused = { .names = { 4, 5 }, .err = ERR_NO_USER };

	assert_int_equal(db_transact(f->db, insert_two, &good), ERR_OK);
	assert_int_equal(good.seen, 1);
	assert_int_equal(db_transact(f->db, insert_two, &conflict), ERR_CONFLICT);
	assert_int_equal(conflict.seen, 3);
	assert_int_equal(db_transact(f->db, insert_two, &refused), ERR_NO_USER);
	assert_int_equal(count_rows(f->db), 2);
}

static void
a_commit_that_fails_changes_nothing_and_the_next_one_works(void **state)
{
	static const struct db_sql orphan = { .text = "INSERT INTO child VALUES (99)" };
	static const struct db_sql count_orphans = { .text = "SELECT count(*) FROM child" };
	struct fixture *f = *state;
	int64_t orphans = -1;

	assert_int_equal(db_change(f->db, &orphan, NULL, NULL, NULL, NULL), ERR_STORAGE);
	assert_int_equal(db_read(f->db, &count_orphans, NULL, take_int, &orphans), ERR_OK);
	assert_int_equal(orphans, 0);
	assert_int_equal(insert_name(f->db, 1), ERR_OK);
}

/* Many threads. */

/* A row or a piece of work that stays where it is until it is let go. */
struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int inside;
	bool is_open;
};

#define GATE { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER }

static void
gate_enter(struct gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	gate->inside++;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->is_open)
		pthread_cond_wait(&gate->changed, &gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

static void
gate_wait_for(struct gate *gate, int inside)
{
	pthread_mutex_lock(&gate->mutex);
	while (gate->inside < inside)
		pthread_cond_wait(&gate->changed, &gate->mutex);
	pthread_mutex_unlock(&gate->mutex);
}

static void
gate_open(struct gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	gate->is_open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->mutex);
}

static enum err
take_at_gate(const struct db_row *row, void *gate)
{
	(void)row;
	gate_enter(gate);
	return ERR_OK;
}

struct reader {
	pthread_t thread;
	struct db *db;
	struct gate *gate;
	enum err err;
};

static void *
read_at_gate(void *arg)
{
	struct reader *reader = arg;

	reader->err = db_read(reader->db, &count, NULL, take_at_gate, reader->gate);
	return NULL;
}

static void
start_reading(struct reader *reader, struct db *db, struct gate *gate)
{
	*reader = (struct reader){ .db = db, .gate = gate };
	assert_int_equal(pthread_create(&reader->thread, NULL, read_at_gate, reader), 0);
}

/* How many descriptors of this process are the database file. */
static int
count_descriptors(const struct fixture *f)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	int found = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL) {
		char target[128];
		ssize_t len = readlinkat(dirfd(directory), entry->d_name, target,
		    sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		found += strcmp(target, f->path) == 0;
	}
	closedir(directory);
	return found;
}

static void
many_threads_read_over_few_connections(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct reader readers[CONNECTIONS * 4];
	int open_before = count_descriptors(f), open_meanwhile;

	for (int i = 0; i < CONNECTIONS * 4; i++)
		start_reading(&readers[i], f->db, &gate);
	gate_wait_for(&gate, CONNECTIONS);
	open_meanwhile = count_descriptors(f);
	gate_open(&gate);

	for (int i = 0; i < CONNECTIONS * 4; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].err, ERR_OK);
	}
	assert_int_equal(gate.inside, CONNECTIONS * 4);
	assert_int_equal(open_meanwhile, open_before + CONNECTIONS);
	assert_int_equal(count_descriptors(f), open_before + CONNECTIONS);
}

static void
a_connection_is_used_again_by_who_comes_next(void **state)
{
	struct fixture *f = *state;
	int open_after_first;

	(void)count_rows(f->db);
	open_after_first = count_descriptors(f);
	for (int i = 0; i < 20; i++)
		(void)count_rows(f->db);
	assert_int_equal(count_descriptors(f), open_after_first);
}

static void
who_gets_no_connection_in_time_is_told(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct reader readers[CONNECTIONS];
	int64_t number = -1;
	enum err refused;

	for (int i = 0; i < CONNECTIONS; i++)
		start_reading(&readers[i], f->db, &gate);
	gate_wait_for(&gate, CONNECTIONS);
	f->config.storage_wait = SHORT;
	refused = db_read(f->db, &count, NULL, take_int, &number);
	gate_open(&gate);

	assert_int_equal(refused, ERR_STORAGE);
	for (int i = 0; i < CONNECTIONS; i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].err, ERR_OK);
	}
	f->config.storage_wait = LONG;
	assert_int_equal(db_read(f->db, &count, NULL, take_int, &number), ERR_OK);
}

static enum err
work_at_gate(struct db_connection *connection, void *gate)
{
	(void)connection;
	gate_enter(gate);
	return ERR_OK;
}

struct worker {
	pthread_t thread;
	struct fixture *f;
	int number;
	atomic_int *come;		/* how many threads have come as far as that */
	enum err errs[ROUNDS];
	enum err (*change)(struct fixture *f, int number, int round);
};

/* Waits in the first transaction until all other threads have begun theirs, or are about to. */
static enum err
wait_for_others(struct db_connection *connection, void *arg)
{
	atomic_int *come = arg;

	(void)connection;
	while (atomic_load(come) < THREADS)
		usleep(100);
	return ERR_OK;
}

static void *
change_in_rounds(void *arg)
{
	struct worker *worker = arg;

	atomic_fetch_add(worker->come, 1);
	/* What comes of it depends on those who join it. */
	if (worker->number == 0)
		(void)!db_transact(worker->f->db, wait_for_others, worker->come);
	for (int round = 0; round < ROUNDS; round++)
		worker->errs[round] = worker->change(worker->f, worker->number, round);
	return NULL;
}

/* Changes in many threads at once; what came of each is in workers. */
static void
change_together(struct fixture *f, enum err (*change)(struct fixture *f, int number, int round),
    struct worker workers[THREADS])
{
	atomic_int come = 0;

	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .f = f, .number = i, .come = &come };
		workers[i].change = change;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, change_in_rounds,
		    &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
}

/* How many transactions there are in the write-ahead log (sqlite.org/fileformat2.html, 4.1). */
static int
count_commits(const struct fixture *f)
{
	char path[160];
	unsigned char header[32], frame[24];
	long page_size;
	int commits = 0;
	FILE *wal;

	snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_non_null(wal = fopen(path, "rb"));
	if (fread(header, 1, sizeof(header), wal) != sizeof(header)) {
		fclose(wal);
		return 0;	/* nobody has written yet */
	}
	page_size = header[10] << 8 | header[11];
	while (fread(frame, 1, sizeof(frame), wal) == sizeof(frame)) {
		commits += (frame[4] | frame[5] | frame[6] | frame[7]) != 0;
		assert_int_equal(fseek(wal, page_size, SEEK_CUR), 0);
	}
	fclose(wal);
	return commits;
}

static int64_t
name_of(int number, int round)
{
	return round * THREADS + number;
}

static enum err
insert_own(struct fixture *f, int number, int round)
{
	return insert_name(f->db, name_of(number, round));
}

static void
changes_of_many_threads_are_all_made_in_fewer_commits(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	int commits_before = f->config.journal_mode == JOURNAL_WAL ? count_commits(f) : 0;

	change_together(f, insert_own, workers);

	for (int i = 0; i < THREADS; i++)
		for (int round = 0; round < ROUNDS; round++)
			assert_int_equal(workers[i].errs[round], ERR_OK);
	assert_int_equal(count_rows(f->db), THREADS * ROUNDS);
	if (f->config.journal_mode == JOURNAL_WAL)
		assert_true(count_commits(f) - commits_before < THREADS * ROUNDS);
}

/* Threads with an odd number insert the name that the one before them inserts, too. */
static enum err
insert_with_conflicts(struct fixture *f, int number, int round)
{
	struct two_names two = {
		.names = { 1000 + name_of(number, round), name_of(number / 2 * 2, round) },
	};

	return db_transact(f->db, insert_two, &two);
}

static void
a_change_that_fails_alone_hurts_no_other_of_its_commit(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];
	int commits_before = count_commits(f);

	change_together(f, insert_with_conflicts, workers);

	for (int i = 0; i < THREADS; i += 2) {
		for (int round = 0; round < ROUNDS; round++) {
			enum err errs[] = { workers[i].errs[round], workers[i + 1].errs[round] };
			bool is_first = errs[0] == ERR_OK;

			assert_int_equal(errs[is_first ? 1 : 0], ERR_CONFLICT);
			assert_int_equal(errs[is_first ? 0 : 1], ERR_OK);
			assert_int_equal(count_rows_named(f->db, name_of(i, round)), 1);
			assert_int_equal(count_rows_named(f->db, 1000 + name_of(i, round)),
			    is_first);
			assert_int_equal(count_rows_named(f->db, 1000 + name_of(i + 1, round)),
			    !is_first);
		}
	}
	assert_true(count_commits(f) - commits_before < THREADS * ROUNDS / 2);
}

/* One thread inserts what only the commit finds wrong. */
static enum err
insert_orphans(struct fixture *f, int number, int round)
{
	static const struct db_sql orphan = { .text = "INSERT INTO child VALUES (9999)" };

	if (number == 1)
		return db_change(f->db, &orphan, NULL, NULL, NULL, NULL);
	return insert_own(f, number, round);
}

static void
when_a_commit_fails_everybody_whose_change_is_not_there_is_told(void **state)
{
	struct fixture *f = *state;
	struct worker workers[THREADS];

	change_together(f, insert_orphans, workers);

	for (int i = 0; i < THREADS; i++) {
		for (int round = 0; round < ROUNDS; round++) {
			enum err err = workers[i].errs[round];

			assert_true(err == ERR_STORAGE || (err == ERR_OK && i != 1));
			assert_int_equal(count_rows_named(f->db, name_of(i, round)),
			    err == ERR_OK);
		}
	}
	assert_int_equal(insert_name(f->db, 5000), ERR_OK);
}

struct holder {
	pthread_t thread;
	struct db *db;
	struct gate *gate;
	enum err err;
};

static void *
hold_transaction(void *arg)
{
	struct holder *holder = arg;

	holder->err = db_transact(holder->db, work_at_gate, holder->gate);
	return NULL;
}

static void
who_waits_too_long_for_another_thread_is_told_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct gate gate = GATE;
	struct holder holder = { .gate = &gate };
	enum err refused;

	db_close(f->db);
	f->config.storage_wait = SHORT;
	assert_int_equal(db_open(&f->config, DB_WRITE, &f->db), ERR_OK);
	holder.db = f->db;
	assert_int_equal(pthread_create(&holder.thread, NULL, hold_transaction, &holder), 0);
	gate_wait_for(&gate, 1);

	refused = insert_name(f->db, 1);
	gate_open(&gate);
	assert_int_equal(pthread_join(holder.thread, NULL), 0);

	assert_int_equal(refused, ERR_STORAGE);
	assert_int_equal(holder.err, ERR_OK);
	assert_int_equal(count_rows(f->db), 0);
	assert_int_equal(insert_name(f->db, 1), ERR_OK);
}

/* kill -9. */

struct teller {
	struct db *db;
	int fd;			/* where names go that were inserted */
	int64_t first;
};

static void *
insert_and_tell(void *arg)
{
	const struct teller *teller = arg;

	for (int64_t name = teller->first;; name += THREADS)
		if (insert_name(teller->db, name) == ERR_OK)
			(void)!write(teller->fd, &name, sizeof(name));
	return NULL;
}

static pid_t
start_inserting(const struct fixture *f, int fd, int64_t first)
{
	static struct teller tellers[THREADS];
	pthread_t thread;
	struct db *db;
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid != 0)
		return pid;
	if (db_open(&f->config, DB_WRITE, &db) != ERR_OK)
		_exit(1);
	for (int i = 0; i < THREADS; i++) {
		tellers[i] = (struct teller){ .db = db, .fd = fd, .first = first + i };
		if (pthread_create(&thread, NULL, insert_and_tell, &tellers[i]) != 0)
			_exit(1);
	}
	for (;;)
		pause();
}

static off_t
size_of(const struct fixture *f, const char *suffix)
{
	struct stat st;
	char path[160];

	snprintf(path, sizeof(path), "%s%s", f->path, suffix);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* Moves the database and what belongs to it. */
static void
move(const struct fixture *f, const char *from, const char *to)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char old[160], new[160];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(old, sizeof(old), "%s%s%s", f->path, from, suffixes[i]);
		snprintf(new, sizeof(new), "%s%s%s", f->path, to, suffixes[i]);
		assert_true(rename(old, new) == 0 || errno == ENOENT);
	}
}

/* Reads on until that is what comes of it: a reader looks for its file now and then. */
static void
read_until(const struct fixture *f, enum err err, int64_t rows)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	int64_t seen = 0;

	while (db_read(f->db, &count, NULL, take_int, &seen) != err ||
	    (err == ERR_OK && seen != rows))
		(void)nanosleep(&pause, NULL);
}

static void
a_database_that_is_gone_is_neither_written_to_nor_read_from(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	assert_int_equal(count_rows(f->db), 1);

	move(f, "", ".away");
	assert_int_equal(insert_name(f->db, 2), ERR_STORAGE);
	read_until(f, ERR_SETUP, 0);

	move(f, ".away", "");
	assert_int_equal(insert_name(f->db, 3), ERR_OK);
	assert_int_equal(count_rows(f->db), 2);
}

/* Puts one of the files away, or a copy in its place. */
static void
put_away(const struct fixture *f, const char *suffix)
{
	char old[160], new[160];

	snprintf(old, sizeof(old), "%s%s", f->path, suffix);
	snprintf(new, sizeof(new), "%s.away%s", f->path, suffix);
	assert_int_equal(rename(old, new), 0);
}

static void
put_back(const struct fixture *f, const char *suffix)
{
	char old[160], new[160];

	snprintf(old, sizeof(old), "%s.away%s", f->path, suffix);
	snprintf(new, sizeof(new), "%s%s", f->path, suffix);
	assert_int_equal(rename(old, new), 0);
}

static void
replace_by_copy(const struct fixture *f, const char *suffix)
{
	char command[480];

	put_away(f, suffix);
	snprintf(command, sizeof(command), "cp -p '%s.away%s' '%s%s'", f->path, suffix, f->path,
	    suffix);
	assert_int_equal(system(command), 0);
}

static const char *const logs[] = { "-wal", "-shm" };

static void
a_log_that_is_gone_or_replaced_ends_reads_and_changes(void **state)
{
	static void (*const changes[])(const struct fixture *f, const char *suffix) = {
		put_away, replace_by_copy,
	};
	struct fixture *f = *state;
	int64_t name = 1;

	assert_int_equal(insert_name(f->db, name++), ERR_OK);
	for (size_t i = 0; i < 4; i++) {
		const int64_t rows = count_rows(f->db);

		changes[i / 2](f, logs[i % 2]);
		assert_int_equal(insert_name(f->db, name++), ERR_STORAGE);
		read_until(f, ERR_STORAGE, 0);
		assert_int_equal(db_read(f->db, &count, NULL, NULL, NULL), ERR_STORAGE);

		put_back(f, logs[i % 2]);
		assert_int_equal(insert_name(f->db, name++), ERR_OK);
		assert_int_equal(count_rows(f->db), rows + 1);
	}
}

struct interrupted {
	const struct fixture *f;
	const char *suffix;		/* of the file that goes */
};

/* Changes something, and has a file put away before that is committed. */
static enum err
insert_and_put_away(struct db_connection *connection, void *arg)
{
	const struct interrupted *interrupted = arg;
	enum err err = db_run(connection, &insert, DB_VALUES(db_int(1000), db_int(0)), NULL,
	    NULL, NULL);

	put_away(interrupted->f, interrupted->suffix);
	return err;
}

static void
a_change_is_not_confirmed_whose_files_go_before_the_commit(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;

	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct interrupted interrupted = { f, suffixes[i] };

		assert_int_equal(db_transact(f->db, insert_and_put_away, &interrupted),
		    ERR_STORAGE);

		put_back(f, suffixes[i]);
		db_close(f->db);
		assert_int_equal(db_open(&f->config, DB_WRITE, &f->db), ERR_OK);
		assert_int_equal(count_rows(f->db), 1);
	}
}

static void
a_reader_opened_after_the_log_was_replaced_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	/* The writer is open, and no reader yet. */
	replace_by_copy(f, "-wal");
	replace_by_copy(f, "-shm");

	assert_int_equal(db_read(f->db, &count, NULL, NULL, NULL), ERR_STORAGE);

	put_back(f, "-wal");
	put_back(f, "-shm");
	assert_int_equal(count_rows(f->db), 1);
}

static void
a_database_that_replaces_another_is_read_and_not_written_to(void **state)
{
	struct fixture *f = *state;
	FILE *report = fopen("/dev/null", "w");

	assert_non_null(report);
	assert_int_equal(insert_name(f->db, 1), ERR_OK);
	assert_int_equal(count_rows(f->db), 1);

	move(f, "", ".away");
	assert_int_equal(db_prepare(&f->config, NULL, report), ERR_OK);
	fclose(report);
	run_foreign(f, "CREATE TABLE t (id INTEGER PRIMARY KEY, name UNIQUE, data)");
	read_until(f, ERR_OK, 0);
	assert_int_equal(insert_name(f->db, 2), ERR_STORAGE);
	assert_int_equal(count_rows(f->db), 0);

	move(f, ".away", "");
}

/* To SQLite, a file that may not grow is one at the end of its quota. */
static void
a_log_that_has_no_room_to_grow_begins_anew(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, limit;
	int64_t before_that = 0;
	int made = 0;

	/* All of it has room in the database, and the log has room for nothing more. */
	do
		assert_int_equal(insert_name(f->db, before_that++), ERR_OK);
	while (before_that < ROUNDS || size_of(f, "") >= size_of(f, "-wal"));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)size_of(f, "-wal");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);

	assert_int_equal(insert_name(f->db, before_that), ERR_STORAGE);
	for (int64_t name = 0; name < ROUNDS; name++)
		made += insert_name(f->db, before_that + 1 + name) == ERR_OK;

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(made > 0);
	assert_int_equal(count_rows(f->db), before_that + made);
}

static void
every_change_that_was_acknowledged_survives_kill_9(void **state)
{
	enum { KILLS = 10, ACKNOWLEDGED = 40 };
	struct fixture *f = *state;

	db_close(f->db);
	f->db = NULL;
	for (int i = 0; i < KILLS; i++) {
		int pipes[2], status, told = 0;
		int64_t name, names[4096];
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = start_inserting(f, pipes[1], i * 1000000);
		close(pipes[1]);
		while (told < ACKNOWLEDGED && read(pipes[0], &name, sizeof(name)) == sizeof(name))
			names[told++] = name;
		assert_int_equal(kill(pid, SIGKILL), 0);
		while (read(pipes[0], &name, sizeof(name)) == sizeof(name) && told < 4096)
			names[told++] = name;
		close(pipes[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));

		assert_true(told >= ACKNOWLEDGED);
		assert_int_equal(db_open(&f->config, DB_WRITE, &f->db), ERR_OK);
		for (int j = 0; j < told; j++)
			assert_int_equal(count_rows_named(f->db, names[j]), 1);
		assert_int_equal(insert_name(f->db, -1 - i), ERR_OK);
		db_close(f->db);
		f->db = NULL;
	}
}

int
main(void)
{
#define WITH(test, how) cmocka_unit_test_setup_teardown(test, how, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(values_come_back_as_they_were_given, set_up),
		WITH(a_parameter_may_stand_anywhere_and_several_times, set_up),
		WITH(a_value_that_does_not_fit_is_refused, set_up),
		WITH(what_a_row_is_answered_with_ends_a_statement_and_undoes_a_change, set_up),
		WITH(a_change_says_how_many_rows_it_changed_or_returned, set_up),
		WITH(a_key_that_stands_already_is_a_conflict, set_up),
		WITH(what_is_read_changes_nothing, set_up),
		WITH(a_statement_goes_on_when_the_schema_has_changed, set_up),
		WITH(a_transaction_is_done_as_a_whole_or_not_at_all, set_up),
		WITH(a_transaction_is_done_as_a_whole_or_not_at_all, set_up_delete),
		WITH(a_commit_that_fails_changes_nothing_and_the_next_one_works, set_up),
		WITH(many_threads_read_over_few_connections, set_up),
		WITH(a_connection_is_used_again_by_who_comes_next, set_up),
		WITH(who_gets_no_connection_in_time_is_told, set_up),
		WITH(changes_of_many_threads_are_all_made_in_fewer_commits, set_up),
		WITH(changes_of_many_threads_are_all_made_in_fewer_commits, set_up_delete),
		WITH(a_change_that_fails_alone_hurts_no_other_of_its_commit, set_up),
		WITH(when_a_commit_fails_everybody_whose_change_is_not_there_is_told, set_up),
		WITH(who_waits_too_long_for_another_thread_is_told_and_changes_nothing, set_up),
		WITH(a_database_that_is_gone_is_neither_written_to_nor_read_from, set_up),
		WITH(a_log_that_is_gone_or_replaced_ends_reads_and_changes, set_up),
		WITH(a_change_is_not_confirmed_whose_files_go_before_the_commit, set_up),
		WITH(a_reader_opened_after_the_log_was_replaced_is_refused, set_up),
		WITH(a_database_that_replaces_another_is_read_and_not_written_to, set_up),
		WITH(a_log_that_has_no_room_to_grow_begins_anew, set_up),
		WITH(every_change_that_was_acknowledged_survives_kill_9, set_up),
		WITH(every_change_that_was_acknowledged_survives_kill_9, set_up_delete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
