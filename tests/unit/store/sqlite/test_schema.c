/* test_schema: a database is made ready, or left exactly as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/users.h"

#define BCRYPT "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZkG1J8v0Cq9yoKZ1rQK6DPbbsyyWqK"

/* What SQLAlchemy makes of the tutorial's class User. */
#define TUTORIAL                                                                                  \
	"CREATE TABLE users (\n\tid INTEGER NOT NULL, \n\tusername VARCHAR, \n\t"                 \
	"hashed_password VARCHAR, \n\tis_active BOOLEAN, \n\tPRIMARY KEY (id)\n);"                \
	"CREATE UNIQUE INDEX ix_users_username ON users (username);"                              \
	"CREATE INDEX ix_users_id ON users (id);"

/* What `bearward init` of release 0.1 made, with a user in it. */
#define VERSION_1                                                                                 \
	"CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT,username TEXT NOT NULL,"        \
	"username_key TEXT NOT NULL UNIQUE,hashed_password TEXT NOT NULL,"                        \
	"is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),"                       \
	"scope TEXT NOT NULL DEFAULT '',created_at INTEGER NOT NULL DEFAULT 0) STRICT;"           \
	"PRAGMA application_id=1650811250; PRAGMA user_version=1; PRAGMA journal_mode=WAL;"       \
	"INSERT INTO users (id, username, username_key, hashed_password) "                        \
	"VALUES (3, 'Alice', 'alice', 'h');"

/* What later releases made of it, up to the last one in which users had no profile. */
#define VERSION_3                                                                                 \
	VERSION_1                                                                                 \
	"CREATE TABLE bearward_schema (version INTEGER NOT NULL, "                                \
	"readable_since INTEGER NOT NULL) STRICT; INSERT INTO bearward_schema VALUES (3, 1);"     \
	"CREATE TABLE known_networks (user_id INTEGER NOT NULL REFERENCES users (id) "            \
	"ON DELETE CASCADE,network TEXT NOT NULL, at INTEGER NOT NULL, "                          \
	"PRIMARY KEY (user_id, network)) STRICT, WITHOUT ROWID;"                                  \
	"INSERT INTO users (id, username, username_key, hashed_password, created_at) "            \
	"VALUES (4, 'Bob', 'bob', 'h', 1700000000);"

struct fixture {
	char directory[64];
	char path[128];		/* of the database */
	char copy[160];
	struct config config;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/bearward-schema-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof(f->path), "%s/bearward.db", f->directory);
	snprintf(f->copy, sizeof(f->copy), "%s.before-takeover", f->path);
	f->config.state_dir = f->directory;
	f->config.storage_wait = 200;
	f->config.journal_mode = JOURNAL_WAL;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
		"bearward.db", "bearward.db-wal", "bearward.db-shm", "bearward.db-journal",
		"bearward.db.before-takeover", "bearward.db.before-takeover-wal",
		"bearward.db.before-takeover-shm", "write.lock", "write.queue", "use.lock",
	};
	struct fixture *f = *state;
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->directory, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
	return 0;
}

/* Runs SQL as a program would that knows nothing of ours. */
static void
run(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *message = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

/* The first column of the first row, as text, owned. */
static char *
ask(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	const char *text;
	char *answer;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	text = (const char *)sqlite3_column_text(statement, 0);
	answer = strdup(text != NULL ? text : "NULL");
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

static void
check_answer(const char *path, const char *sql, const char *expected)
{
	char *answer = ask(path, sql);

	if (strcmp(answer, expected) != 0)
		fail_msg("%s: expected %s, came %s", sql, expected, answer);
	free(answer);
}

/* Prepares, expecting err; what was reported is owned. */
static char *
prepare(const struct fixture *f, enum err expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *report = open_memstream(&text, &len);
	enum err err;

	assert_non_null(report);
	err = db_prepare(&f->config, NULL, report);
	fclose(report);
	if (err != expected)
		fail_msg("expected %d, came %d: %s", (int)expected, (int)err, text);
	return text;
}

static void
prepare_well(const struct fixture *f)
{
	free(prepare(f, ERR_OK));
}

static void
check_mentions(char *report, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (strstr(report, *texts) == NULL)
			fail_msg("\"%s\" is not in: %s", *texts, report);
	free(report);
}

#define CHECK_MENTIONS(report, ...)                                                               \
	check_mentions(report, (const char *const[]){__VA_ARGS__, NULL})

/* The content of a file, owned. */
static char *
read_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	*len = (size_t)st.st_size;
	data = malloc(*len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *len, file), *len);
	fclose(file);
	return data;
}

/* Refuses, and the file is byte for byte what it was, with no copy beside it; the report. */
static char *
prepare_refused(const struct fixture *f)
{
	size_t before_len, after_len;
	char *before = read_file(f->path, &before_len);
	char *report = prepare(f, ERR_SETUP);
	char *after = read_file(f->path, &after_len);

	assert_int_equal(after_len, before_len);
	assert_memory_equal(after, before, before_len);
	assert_int_equal(access(f->copy, F_OK), -1);
	free(before);
	free(after);
	return report;
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
write_file(const char *path, const char *content)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fputs(content, file);
	fclose(file);
}

/* Finds a user who must be there; owned. */
static struct user *
find(const struct fixture *f, const char *key)
{
	struct db *db = NULL;
	struct user *user = NULL;

	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_OK);
	assert_int_equal(users_find_with_hash(db, key, &user), ERR_OK);
	if (user == NULL)
		fail_msg("there is no user of key \"%s\"", key);
	db_close(db);
	return user;
}

static void
check_user(const struct fixture *f, const char *key, const char *name, int64_t id, bool is_active)
{
	struct user *user = find(f, key);

	assert_string_equal(user->username, name);
	assert_int_equal(user->id, id);
	assert_int_equal(user->is_active, is_active);
	assert_string_equal(user->scope, "");
	assert_int_equal(user->created_at, 0);
	assert_true(user->is_imported);
	user_free(user);
}

static enum err
do_add(struct db_connection *connection, void *user)
{
	return users_add(connection, user);
}

/* The id that a user gets who is added now. */
static int64_t
next_id(const struct fixture *f)
{
	struct user user = {
		.username = (char *)"newcomer", .username_key = (char *)"newcomer",
		.hashed_password = (char *)"", .is_active = true, .scope = (char *)"",
		.groups = (char *)"",
	};
	struct db *db = NULL;

	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_OK);
	assert_int_equal(db_transact(db, do_add, &user), ERR_OK);
	db_close(db);
	return user.id;
}

static void
a_new_database_is_empty_and_private(void **state)
{
	struct fixture *f = *state;

	prepare_well(f);

	assert_int_equal(mode_of(f->path), 0600);
	check_answer(f->path, "PRAGMA journal_mode", "wal");
	check_answer(f->path, "SELECT count(*) FROM users", "0");
	check_answer(f->path, "SELECT strict FROM pragma_table_list('users')", "1");
	check_answer(f->path, "PRAGMA integrity_check", "ok");
	assert_int_equal(next_id(f), 1);
	assert_int_equal(mode_of(f->path), 0600);
}

static void
preparing_again_keeps_the_users(void **state)
{
	struct fixture *f = *state;

	prepare_well(f);
	assert_int_equal(next_id(f), 1);
	prepare_well(f);
	user_free(find(f, "newcomer"));
}

static void
preparing_again_changes_the_journal_mode(void **state)
{
	struct fixture *f = *state;

	prepare_well(f);
	assert_int_equal(next_id(f), 1);
	f->config.journal_mode = JOURNAL_DELETE;
	prepare_well(f);
	check_answer(f->path, "PRAGMA journal_mode", "delete");
	user_free(find(f, "newcomer"));
	f->config.journal_mode = JOURNAL_WAL;
	prepare_well(f);
	user_free(find(f, "newcomer"));
}

static void
an_older_database_is_refused_until_it_has_been_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	struct db *db;

	run(f->path, VERSION_1);
	assert_int_equal(chmod(f->path, 0600), 0);
	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
	prepare_well(f);

	check_user(f, "alice", "Alice", 3, true);
	assert_int_equal(next_id(f), 4);
	check_answer(f->path, "SELECT version > 1 FROM bearward_schema", "1");
}

/* Says by a letter whether a user is known as one of another program. */
static void
check_imported(const struct fixture *f, const char *expected)
{
	check_answer(f->path, "SELECT group_concat(substr('-i', 1 + is_imported, 1), '') "
	    "FROM (SELECT is_imported FROM users ORDER BY id)", expected);
}

static void
users_who_were_taken_over_before_count_as_imported_and_nobody_else_does(void **state)
{
	struct fixture *f = *state;

	run(f->path, VERSION_3);
	assert_int_equal(chmod(f->path, 0600), 0);
	prepare_well(f);
	check_imported(f, "i-");
	assert_int_equal(next_id(f), 5);

	prepare_well(f);
	check_imported(f, "i--");
}

/* Checks what is read of a user's profile. "-": nothing. */
static void
check_profile(const struct fixture *f, const char *key, const char *email,
    const char *display_name)
{
	struct user *user = find(f, key);

	assert_string_equal(user->email != NULL ? user->email : "-", email);
	assert_string_equal(user->display_name != NULL ? user->display_name : "-", display_name);
	user_free(user);
}

static void
columns_of_an_application_become_the_profile_where_they_can_be(void **state)
{
#define ADD "ALTER TABLE users ADD COLUMN "
#define SET "UPDATE users SET "
	static const struct {
		const char *columns;	/* adds them */
		const char *values;	/* gives Alice some; Bob's are NULL */
		const char *email;
		const char *display_name;
		const char *kept;	/* what an SQL expression gives of Alice afterwards */
		const char *kept_expected;
	} rows[] = {
		{ ADD "email ANY;" ADD "Display_Name TEXT;",
		  SET "email = 'a@b.c', display_name = 'A. L.' WHERE id = 3;",
		  "a@b.c", "A. L.", "count(*)", "1" },
		{ ADD "email ANY;" ADD "display_name ANY;",
		  SET "email = 17, display_name = x'ff' WHERE id = 3;",
		  "-", "-", "email || hex(display_name)", "17FF" },
		{ ADD "email ANY;" ADD "display_name ANY;",
		  SET "email = CAST(x'61ff' AS TEXT), display_name = 'a' || char(0) WHERE id = 3;",
		  "-", "-", "hex(email)", "61FF" },
		{ ADD "email INTEGER;" ADD "is_imported ANY;",
		  SET "email = 17, is_imported = 'maybe' WHERE id = 3;",
		  "-", "-", "old_email || old_is_imported || is_imported", "17maybe1" },
		{ ADD "Email INTEGER;" ADD "old_email INTEGER;",
		  SET "email = 17, old_email = 18 WHERE id = 3;",
		  "-", "-", "old_old_Email || old_email", "1718" },
		{ ADD "is_imported INTEGER NOT NULL DEFAULT 1;",
		  SET "is_imported = 0 WHERE id = 3;",
		  "-", "-", "old_is_imported || is_imported", "01" },
	};
#undef ADD
#undef SET
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sql[512];

		run(f->path, VERSION_3);
		run(f->path, rows[i].columns);
		run(f->path, rows[i].values);
		run(f->path, "CREATE TRIGGER t AFTER UPDATE ON users BEGIN "
		    "SELECT RAISE(ABORT, 'a trigger has run'); END");
		assert_int_equal(chmod(f->path, 0600), 0);
		prepare_well(f);

		check_profile(f, "alice", rows[i].email, rows[i].display_name);
		check_profile(f, "bob", "-", "-");
		snprintf(sql, sizeof(sql), "SELECT %s FROM users WHERE id = 3", rows[i].kept);
		check_answer(f->path, sql, rows[i].kept_expected);
		check_imported(f, "i-");
		tear_down(state);
		set_up(state);
		f = *state;
	}
}

static void
programs_of_the_first_release_go_on_when_it_has_been_brought_up_to_date(void **state)
{
	struct fixture *f = *state;

	run(f->path, VERSION_1);
	assert_int_equal(chmod(f->path, 0600), 0);
	prepare_well(f);

	/* They ask for nothing else. */
	check_answer(f->path, "PRAGMA user_version", "1");
	check_answer(f->path, "PRAGMA application_id", "1650811250");
	check_answer(f->path, "SELECT readable_since FROM bearward_schema", "1");
}

static void
a_step_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;

	run(f->path, VERSION_1 "PRAGMA journal_mode=DELETE;"
	    "CREATE VIEW bearward_schema AS SELECT 1; CREATE TRIGGER t INSTEAD OF INSERT "
	    "ON bearward_schema BEGIN SELECT 1; END");
	assert_int_equal(chmod(f->path, 0600), 0);
	CHECK_MENTIONS(prepare_refused(f), f->path, "view bearward_schema cannot be renamed",
	    "it has a trigger");
}

/* What an application may have beside the users, before known_networks was made. */
#define VERSION_2                                                                                 \
	VERSION_1                                                                                 \
	"CREATE TABLE bearward_schema (version INTEGER NOT NULL, "                                \
	"readable_since INTEGER NOT NULL) STRICT; INSERT INTO bearward_schema VALUES (2, 1);"

static void
what_an_application_calls_as_ours_is_renamed_with_all_that_refers_to_it(void **state)
{
	static const struct {
		const char *sql;
		const char *said;
		const char *question;
		const char *answer;
	} rows[] = {
		{ "CREATE TABLE Known_Networks (a UNIQUE, up REFERENCES known_networks (a));"
		  "INSERT INTO known_networks VALUES (1, 1)",
		  "table Known_Networks is called old_Known_Networks from now on",
		  "SELECT \"table\" FROM pragma_foreign_key_list('old_known_networks')",
		  "old_Known_Networks" },
		{ "CREATE TABLE known_networks (a); CREATE INDEX old_known_networks ON "
		  "known_networks (a); CREATE VIEW old_OLD_known_networks AS SELECT 1",
		  "table known_networks is called old_old_old_known_networks from now on",
		  "SELECT tbl_name FROM sqlite_schema WHERE name = 'old_known_networks'",
		  "old_old_old_known_networks" },
		{ "CREATE TABLE t (\"a b\"); INSERT INTO t VALUES (5); CREATE INDEX "
		  "known_networks ON t (\"a b\" DESC) WHERE \"a b\" > 1",
		  "index known_networks is called old_known_networks from now on",
		  "SELECT sql FROM sqlite_schema WHERE name = 'old_known_networks'",
		  "CREATE INDEX \"old_known_networks\" ON t (\"a b\" DESC) WHERE \"a b\" > 1" },
		{ "CREATE TABLE t (a); INSERT INTO t VALUES (5);"
		  "CREATE VIEW known_networks (x) AS SELECT a FROM t;"
		  "CREATE VIEW v AS SELECT x FROM known_networks",
		  "view known_networks is called old_known_networks from now on",
		  "SELECT x FROM v", "5" },
		/* A broken view is none of our business, unless it is about the table. */
		{ "CREATE TABLE known_networks (a); INSERT INTO known_networks VALUES (5);"
		  "CREATE TABLE t (a REFERENCES known_networks (a));"
		  "CREATE VIEW v AS SELECT * FROM gone",
		  "table known_networks is called old_known_networks from now on",
		  "SELECT \"table\" FROM pragma_foreign_key_list('t')", "old_known_networks" },
		{ "CREATE VIRTUAL TABLE known_networks USING fts4(a);"
		  "INSERT INTO known_networks VALUES ('word')",
		  "table known_networks is called old_known_networks from now on",
		  "SELECT a FROM old_known_networks WHERE old_known_networks MATCH 'word'",
		  "word" },
		{ "CREATE TABLE t (a); CREATE TRIGGER known_networks AFTER INSERT ON t "
		  "BEGIN SELECT 1; END", "",
		  "SELECT count(*) FROM sqlite_schema WHERE name = 'known_networks'", "2" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(f->path, VERSION_2);
		run(f->path, rows[i].sql);
		assert_int_equal(chmod(f->path, 0600), 0);
		CHECK_MENTIONS(prepare(f, ERR_OK), rows[i].said);

		check_answer(f->path, rows[i].question, rows[i].answer);
		check_answer(f->path, "SELECT sql LIKE '%user_id%' FROM sqlite_schema "
		    "WHERE type = 'table' AND name = 'known_networks'", "1");
		check_answer(f->path, "PRAGMA integrity_check", "ok");
		assert_int_equal(next_id(f), 4);
		tear_down(state);
		set_up(state);
		f = *state;
	}
}

static void
a_broken_view_of_a_table_whose_name_ours_needs_is_named(void **state)
{
	struct fixture *f = *state;

	run(f->path, VERSION_2 "PRAGMA journal_mode=DELETE; CREATE TABLE known_networks (a);"
	    "CREATE VIEW v AS SELECT * FROM known_networks JOIN gone");
	assert_int_equal(chmod(f->path, 0600), 0);
	CHECK_MENTIONS(prepare_refused(f), "table known_networks cannot be renamed, and bearward "
	    "needs that name: error in view v: no such table: main.gone");
}

/* Steps of a program that is not written yet. */
#define READABLE_STEP "UPDATE bearward_schema SET version = 99"
#define UNREADABLE_STEP "UPDATE bearward_schema SET version = 99, readable_since = 99;"           \
	"PRAGMA user_version = 99"

static enum err
set_scope(struct db_connection *connection, void *arg)
{
	const struct user *user = arg;

	return users_set_scope(connection, user->id, "admin");
}

static enum err
delete_user(struct db_connection *connection, void *arg)
{
	const struct user *user = arg;

	return users_delete(connection, user->id);
}

static void
a_program_goes_on_after_a_step_that_it_can_read(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL;
	struct user *user = NULL;

	prepare_well(f);
	assert_int_equal(next_id(f), 1);
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_OK);
	run(f->path, READABLE_STEP "; ALTER TABLE users ADD COLUMN shoe_size INTEGER");

	/* The running one, with a connection that it opens only now, and one that starts. */
	assert_int_equal(users_find(db, "newcomer", &user), ERR_OK);
	assert_non_null(user);
	assert_int_equal(db_transact(db, set_scope, user), ERR_OK);
	assert_int_equal(db_transact(db, delete_user, user), ERR_OK);
	user_free(user);
	db_close(db);
	assert_int_equal(next_id(f), 2);

	prepare_well(f);
	check_answer(f->path, "SELECT version FROM bearward_schema", "99");
}

static void
a_program_refuses_after_a_step_that_it_cannot_read(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL, *refused;
	struct user *user = NULL;

	prepare_well(f);
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_OK);
	run(f->path, UNREADABLE_STEP);

	assert_int_equal(users_find(db, "newcomer", &user), ERR_SETUP);
	db_close(db);
	assert_int_equal(db_open(&f->config, DB_READ, &refused), ERR_SETUP);
	assert_int_equal(db_open(&f->config, DB_WRITE, &refused), ERR_SETUP);
	CHECK_MENTIONS(prepare_refused(f), "newer");
}

static void
a_file_without_content_becomes_a_database(void **state)
{
	struct fixture *f = *state;

	write_file(f->path, "");
	prepare_well(f);
	assert_int_equal(next_id(f), 1);
}

static void
no_database_is_made_beside_the_remains_of_another(void **state)
{
	static const char *const suffixes[] = { "-wal", "-journal" };
	struct fixture *f = *state;
	char remains[160];

	for (size_t i = 0; i < 2; i++) {
		snprintf(remains, sizeof(remains), "%s%s", f->path, suffixes[i]);
		write_file(remains, "someone's last changes");
		CHECK_MENTIONS(prepare(f, ERR_SETUP), remains);
		assert_int_equal(access(f->path, F_OK), -1);
		assert_int_equal(access(remains, F_OK), 0);
		assert_int_equal(unlink(remains), 0);
	}
}

static void
a_state_directory_that_is_missing_is_reported(void **state)
{
	struct fixture *f = *state;

	f->config.state_dir = (char *)"/tmp/bearward-no-such-directory";
	CHECK_MENTIONS(prepare(f, ERR_SETUP), "/tmp/bearward-no-such-directory", "No such file");
}

static void
what_is_no_database_is_refused_and_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct db *db;

	write_file(f->path, "This is a text of somebody, long enough to be taken for a header, "
	    "and then some more of it, so that nothing can be said about its being too short.");
	CHECK_MENTIONS(prepare_refused(f), f->path, "not a SQLite database, or it is encrypted");
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
}

static void
a_database_of_something_else_is_refused_and_left_as_it_is(void **state)
{
	static const struct {
		const char *sql;
		const char *reason;
	} rows[] = {
		{ "CREATE TABLE items (id INTEGER PRIMARY KEY)", "no table called users" },
		{ "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)",
		  "no column for the password; name it with --password-column" },
		{ "CREATE TABLE u (id, username, hashed_password, is_active);"
		  "CREATE VIEW users AS SELECT * FROM u", "not a table of its own" },
		{ TUTORIAL "PRAGMA user_version=99; PRAGMA application_id=0x62656172", "newer" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(f->path, rows[i].sql);
		CHECK_MENTIONS(prepare_refused(f), rows[i].reason);
		assert_int_equal(unlink(f->path), 0);
	}
}

static void
a_tutorial_database_cannot_be_opened_before_it_is_taken_over(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL;

	run(f->path, TUTORIAL);
	assert_int_equal(db_open(&f->config, DB_READ, &db), ERR_SETUP);
	assert_int_equal(db_open(&f->config, DB_WRITE, &db), ERR_SETUP);
	assert_null(db);
}

static void
users_of_the_tutorial_are_taken_over(void **state)
{
	struct fixture *f = *state;
	struct user *alice;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, 'Alice', '" BCRYPT "', 1),"
	    "(2, 'bob', '" BCRYPT "', 0), (7, 'John Doe', '" BCRYPT "', 1), (8, 'x:y', '', 1)");
	assert_int_equal(chmod(f->path, 0644), 0);
	CHECK_MENTIONS(prepare(f, ERR_OK), "4 read: 4 taken", "1 disabled, 1 unusable",
	    "4 users taken over", f->copy, "hashes of all old passwords", "Delete it",
	    "bearward user passwd");

	check_user(f, "alice", "Alice", 1, true);
	check_user(f, "bob", "bob", 2, false);
	check_user(f, "John Doe", "John Doe", 7, true);
	check_user(f, "x:y", "x:y", 8, true);
	alice = find(f, "alice");
	assert_string_equal(alice->hashed_password, BCRYPT);
	user_free(alice);
	assert_int_equal(mode_of(f->path), 0600);
	check_answer(f->path, "PRAGMA integrity_check", "ok");
	check_answer(f->path, "SELECT strict FROM pragma_table_list('users')", "1");
	check_answer(f->path, "SELECT count(*) FROM sqlite_schema "
	    "WHERE name = 'ix_users_username' AND tbl_name = 'users'", "1");
	check_answer(f->path, "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%taken_over%'",
	    "0");
	assert_int_equal(next_id(f), 9);
}

static void
a_copy_of_what_was_taken_over_is_kept(void **state)
{
	struct fixture *f = *state;

	run(f->path, "PRAGMA journal_mode=WAL;" TUTORIAL
	    "INSERT INTO users VALUES (1, 'Alice', 'hash', 1)");
	prepare_well(f);

	assert_int_equal(mode_of(f->copy), 0600);
	check_answer(f->copy, "PRAGMA user_version", "0");
	check_answer(f->copy, "SELECT username || hashed_password || count(*) FROM users",
	    "Alicehash1");
	check_answer(f->copy, "SELECT count(*) FROM pragma_table_info('users')", "4");
	check_user(f, "alice", "Alice", 1, true);
}

static void
a_copy_that_exists_is_never_overwritten(void **state)
{
	struct fixture *f = *state;
	size_t len;
	char *content;

	run(f->path, TUTORIAL);
	write_file(f->copy, "precious");
	CHECK_MENTIONS(prepare(f, ERR_SETUP), f->copy, "move it away", "nothing was changed");

	content = read_file(f->copy, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(content, "precious", 8);
	free(content);
	check_answer(f->path, "PRAGMA user_version", "0");
}

static void
an_empty_tutorial_database_is_taken_over(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL);
	CHECK_MENTIONS(prepare(f, ERR_OK), "0 users taken over");
	assert_int_equal(next_id(f), 1);
}

static void
odd_values_never_admit_anybody(void **state)
{
	static const struct {
		const char *key;
		bool is_active;
		const char *hash;
	} expected[] = {
		{ "a", true, "" }, { "b", false, "" }, { "c", true, "" }, { "d", true, BCRYPT },
		{ "e", true, "" }, { "f", true, "" }, { "g", true, "" },
	};
	struct fixture *f = *state;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, 'a', NULL, 1), (2, 'b', 'h', NULL),"
	    "(3, 'c', 'h', 5), (4, 'd', CAST('" BCRYPT "' AS BLOB), 1), (5, 'e', '', 'true'),"
	    "(6, 'f', x'247300', 1), (7, 'g', x'ff', 1)");
	CHECK_MENTIONS(prepare(f, ERR_OK), "1 disabled, 6 unusable");

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct user *user = find(f, expected[i].key);

		assert_string_equal(user->hashed_password, expected[i].hash);
		assert_int_equal(user->is_active, expected[i].is_active);
		user_free(user);
	}
}

static void
users_whose_hash_cannot_be_checked_are_counted(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, 'alice', '" BCRYPT "', 1),"
	    "(2, 'bob', '$2b$18$abc', 1), (3, 'carol', '$s1$0a0101$abc', 1)");
	CHECK_MENTIONS(prepare(f, ERR_OK), "3 users taken over", "2 unusable",
	    "unusable \"bob\" (id 2): the hash is of no kind that can be checked");
}

static void
further_columns_are_kept_with_all_that_is_in_them(void **state)
{
	struct fixture *f = *state;

	run(f->path, "CREATE TABLE users (email VARCHAR NOT NULL, id INTEGER PRIMARY KEY, "
	    "username VARCHAR, \"odd \"\"name\" BLOB, hashed_password VARCHAR, "
	    "is_active BOOLEAN, created_at, scope TEXT);"
	    "CREATE UNIQUE INDEX ix_email ON users (email);"
	    "INSERT INTO users VALUES ('a@b.c', 3, 'alice', x'00ff', 'h', 1, '2024-01-01', 'all'),"
	    "('d@e.f', 4, 'bob', 1.5, 'h', 1, NULL, NULL)");
	prepare_well(f);

	check_profile(f, "alice", "a@b.c", "-");
	check_answer(f->path, "SELECT email || hex(\"odd \"\"name\") || old_created_at || "
	    "old_scope || created_at FROM users WHERE id = 3",
	    "a@b.c00FF2024-01-01all1704067200");
	check_answer(f->path, "SELECT typeof(\"odd \"\"name\") || typeof(old_scope) FROM users "
	    "WHERE id = 4", "realnull");
	check_answer(f->path, "SELECT count(*) FROM pragma_index_list('users') "
	    "WHERE name = 'ix_email'", "1");
	assert_int_equal(next_id(f), 5);
}

static void
other_tables_views_and_triggers_go_on_referring_to_users(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL
	    "CREATE TABLE items (id INTEGER PRIMARY KEY, owner_id INTEGER, "
	    "FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE CASCADE);"
	    "CREATE VIEW active AS SELECT username FROM users WHERE is_active;"
	    "CREATE TABLE gone (name);"
	    "CREATE TRIGGER remember AFTER DELETE ON users BEGIN "
	    "INSERT INTO gone VALUES (old.username); END;"
	    "CREATE TRIGGER other AFTER DELETE ON gone BEGIN DELETE FROM users; END;"
	    "INSERT INTO users VALUES (1, 'alice', 'h', 1), (2, 'bob', 'h', 0);"
	    "INSERT INTO items VALUES (1, 1), (2, 2)");
	prepare_well(f);

	check_answer(f->path, "SELECT group_concat(username) FROM active", "alice");
	check_answer(f->path, "SELECT sql LIKE '%REFERENCES users (id)%' FROM sqlite_schema "
	    "WHERE name = 'items'", "1");
	run(f->path, "PRAGMA foreign_keys=ON; INSERT INTO items VALUES (3, 1);"
	    "DELETE FROM users WHERE id = 2");
	check_answer(f->path, "SELECT group_concat(id) FROM items", "1,3");
	check_answer(f->path, "SELECT name FROM gone", "bob");
}

static void
an_id_that_a_deleted_user_had_is_not_given_again(void **state)
{
	static const char *const remains[] = {
		/* Something that the deleted user owned; SQLAlchemy enforces nothing. */
		TUTORIAL "CREATE TABLE items (id INTEGER PRIMARY KEY, owner_id INTEGER, "
		"FOREIGN KEY(owner_id) REFERENCES users (id));"
		"INSERT INTO items VALUES (1, 41)",
		TUTORIAL "CREATE TABLE items (owner_id REFERENCES users);"
		"INSERT INTO items VALUES (41), ('a text')",
		"CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username, "
		"hashed_password, is_active); INSERT INTO users VALUES (41, 'eve', 'h', 1);"
		"DELETE FROM users",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(remains) / sizeof(remains[0]); i++) {
		run(f->path, remains[i]);
		run(f->path, "INSERT INTO users VALUES (5, 'alice', 'h', 1)");
		prepare_well(f);
		assert_int_equal(next_id(f), 42);
		tear_down(state);
		set_up(state);
		f = *state;
	}
}

static void
names_that_collide_are_all_reported_and_nothing_is_changed(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, 'Alice', 'h', 1), (2, 'bob', 'h', 1),"
	    "(3, 'alice', 'h', 1), (4, 'BOB', 'h', 1), (5, 'carol', 'h', 1)");
	CHECK_MENTIONS(prepare_refused(f),
	    "refused \"alice\" (id 3): has the same name as id 1, \"Alice\": rename",
	    "refused \"BOB\" (id 4): has the same name as id 2", "nothing was changed");
}

static void
a_refused_name_collides_with_nothing_but_itself(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, 'John Doe', 'h', 1),"
	    "(2, 'john doe', 'h', 1)");
	prepare_well(f);
	check_user(f, "John Doe", "John Doe", 1, true);
	check_user(f, "john doe", "john doe", 2, true);
}

static void
users_without_a_usable_name_or_id_are_all_reported(void **state)
{
	struct fixture *f = *state;

	run(f->path, TUTORIAL "INSERT INTO users VALUES (1, NULL, 'h', 1), (2, x'ff', 'h', 1),"
	    "(3, 'a' || char(0) || 'b', 'h', 1), (4, printf('%.1025c', 'x'), 'h', 1),"
	    "(5, 'fine', 'h', 1), (-6, 'minus', 'h', 1)");
	CHECK_MENTIONS(prepare_refused(f), "(id 1): there is no name", "(id 2): ", "(id 3): ",
	    "(id 4): the name is longer", "(id -6): the id");
}

static void
what_a_name_has_in_it_cannot_steer_the_terminal(void **state)
{
	struct fixture *f = *state;
	char *report;

	run(f->path, "CREATE TABLE users (id INTEGER PRIMARY KEY, username, hashed_password, "
	    "is_active); INSERT INTO users VALUES (1, char(27) || '[2J', 'h', 1),"
	    "(2, char(27) || '[2J', 'h', 1)");
	report = prepare_refused(f);
	assert_null(strchr(report, '\033'));
	CHECK_MENTIONS(report, "\"\\x1b[2J\" (id 1)");
}

static void
a_takeover_waits_for_nobody_longer_than_it_should(void **state)
{
	struct fixture *f = *state;
	sqlite3 *other = NULL;

	run(f->path, TUTORIAL);
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	CHECK_MENTIONS(prepare(f, ERR_SETUP), "locked");
	sqlite3_close(other);
	prepare_well(f);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(a_new_database_is_empty_and_private),
		WITH(preparing_again_keeps_the_users),
		WITH(preparing_again_changes_the_journal_mode),
		WITH(an_older_database_is_refused_until_it_has_been_brought_up_to_date),
		WITH(users_who_were_taken_over_before_count_as_imported_and_nobody_else_does),
		WITH(columns_of_an_application_become_the_profile_where_they_can_be),
		WITH(programs_of_the_first_release_go_on_when_it_has_been_brought_up_to_date),
		WITH(a_step_that_fails_changes_nothing),
		WITH(what_an_application_calls_as_ours_is_renamed_with_all_that_refers_to_it),
		WITH(a_broken_view_of_a_table_whose_name_ours_needs_is_named),
		WITH(a_program_goes_on_after_a_step_that_it_can_read),
		WITH(a_program_refuses_after_a_step_that_it_cannot_read),
		WITH(a_file_without_content_becomes_a_database),
		WITH(no_database_is_made_beside_the_remains_of_another),
		WITH(a_state_directory_that_is_missing_is_reported),
		WITH(what_is_no_database_is_refused_and_left_as_it_is),
		WITH(a_database_of_something_else_is_refused_and_left_as_it_is),
		WITH(a_tutorial_database_cannot_be_opened_before_it_is_taken_over),
		WITH(users_of_the_tutorial_are_taken_over),
		WITH(a_copy_of_what_was_taken_over_is_kept),
		WITH(a_copy_that_exists_is_never_overwritten),
		WITH(an_empty_tutorial_database_is_taken_over),
		WITH(odd_values_never_admit_anybody),
		WITH(users_whose_hash_cannot_be_checked_are_counted),
		WITH(further_columns_are_kept_with_all_that_is_in_them),
		WITH(other_tables_views_and_triggers_go_on_referring_to_users),
		WITH(an_id_that_a_deleted_user_had_is_not_given_again),
		WITH(names_that_collide_are_all_reported_and_nothing_is_changed),
		WITH(a_refused_name_collides_with_nothing_but_itself),
		WITH(users_without_a_usable_name_or_id_are_all_reported),
		WITH(what_a_name_has_in_it_cannot_steer_the_terminal),
		WITH(a_takeover_waits_for_nobody_longer_than_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
