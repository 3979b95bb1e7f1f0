/* test_foreign: users of another program's database are read, and its files stay as they are. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/foreign.h"

#define COLUMNS "id INTEGER PRIMARY KEY, username TEXT, hashed_password TEXT"
#define TABLE "CREATE TABLE users (" COLUMNS ");"
#define ALICE "INSERT INTO users VALUES (1, 'alice', 'h');"

enum { BYTES_MAX = 1024 * 1024, NOBODY = 65534 };

struct fixture {
	char directory[64];
	char theirs[96];	/* directory of the application */
	char path[128];		/* of its database */
	struct config config;
	char *report;		/* owned */
	size_t report_len;
	FILE *out;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->directory, "/tmp/bearward-foreign-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->theirs, sizeof(f->theirs), "%s/app", f->directory);
	assert_int_equal(mkdir(f->theirs, 0700), 0);
	snprintf(f->path, sizeof(f->path), "%s/app.db", f->theirs);
	f->config.state_dir = f->directory;
	f->out = open_memstream(&f->report, &f->report_len);
	assert_non_null(f->out);
	*state = f;
	return 0;
}

static void
empty(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		(void)unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	empty(f->theirs);
	assert_int_equal(rmdir(f->theirs), 0);
	empty(f->directory);
	/* Nothing else is left: no copy. */
	assert_int_equal(rmdir(f->directory), 0);
	fclose(f->out);
	free(f->report);
	free(f);
	return 0;
}

static sqlite3 *
open_db(const char *path)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static void
execute(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
}

static void
run(const char *path, const char *sql)
{
	sqlite3 *db = open_db(path);

	execute(db, sql);
	sqlite3_close(db);
}

/* Ends a child: killed when all went well, so that nothing is closed. */
static void
die(bool is_well)
{
	if (is_well)
		(void)kill(getpid(), SIGKILL);
	_exit(1);
}

static void
check_killed(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

/* Runs SQL in a program that is then killed. */
static void
run_and_die(const char *path, const char *sql)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		sqlite3 *db = NULL;

		die(sqlite3_open(path, &db) == SQLITE_OK &&
		    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	}
	check_killed(child);
}

/* Names, bytes and times of all files of the application; owned. */
static char *
picture(const struct fixture *f)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct dirent **entries;
	int count = scandir(f->theirs, &entries, NULL, alphasort);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char path[512];
		struct stat st;
		unsigned sum = 0;
		FILE *file;

		if (strcmp(entries[i]->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", f->theirs, entries[i]->d_name);
		assert_int_equal(stat(path, &st), 0);
		if (S_ISREG(st.st_mode) && (file = fopen(path, "r")) != NULL) {
			for (int c; (c = getc(file)) != EOF; )
				sum = sum * 31 + (unsigned)c;
			fclose(file);
		}
		fprintf(out, "%s %u %ld %ld.%09ld\n", entries[i]->d_name, sum, (long)st.st_size,
		    (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	fclose(out);
	return text;
}

static enum err
take(const struct user_cell cells[USER_ROLES], void *arg)
{
	FILE *out = arg;

	for (int role = 0; role < USER_ROLES; role++) {
		if (role > 0)
			putc('|', out);
		if (cells[role].type == USER_CELL_INTEGER)
			fprintf(out, "%lld", (long long)cells[role].integer);
		else if (cells[role].type == USER_CELL_REAL)
			fprintf(out, "%.1f", cells[role].real);
		else if (cells[role].type != USER_CELL_NULL)
			fprintf(out, cells[role].type == USER_CELL_BYTES ? "x'%.*s'" : "%.*s",
			    (int)cells[role].len, cells[role].data);
	}
	putc('\n', out);
	return ERR_OK;
}

/* Reads the users; what was reported is in f->report. *users is owned, "" after a failure. */
static enum err
read_users(struct fixture *f, const struct user_columns_named *named, char **users)
{
	const struct user_columns_named none = {0};
	struct foreign *foreign = NULL;
	struct user_columns columns;
	size_t len;
	FILE *out = open_memstream(users, &len);
	enum err err;

	rewind(f->out);
	err = foreign_open(f->path, &f->config, &foreign, f->out);
	if (err == ERR_OK)
		err = foreign_copy(foreign, &f->config, f->out);
	if (err == ERR_OK)
		err = foreign_find_users(foreign, named != NULL ? named : &none, &columns,
		    f->out);
	if (err == ERR_OK)
		foreign_print_table(foreign, f->out);
	if (err == ERR_OK)
		err = foreign_read(foreign, take, out, f->out);
	foreign_close(foreign);
	fclose(out);
	putc('\0', f->out);
	fflush(f->out);
	return err;
}

static void
check_users(struct fixture *f, const struct user_columns_named *named, const char *expected)
{
	char *users;

	if (read_users(f, named, &users) != ERR_OK)
		fail_msg("it is refused: %s", f->report);
	assert_string_equal(users, expected);
	free(users);
}

static void
check_refused(struct fixture *f, const struct user_columns_named *named, const char *expected)
{
	char *users;

	if (read_users(f, named, &users) != ERR_SETUP)
		fail_msg("it is not refused; expected %s", expected);
	if (strstr(f->report, expected) == NULL)
		fail_msg("expected %s, came %s", expected, f->report);
	free(users);
}

/* What the files are to hold, and what is read of them. */
static void
users_are_found_by_the_shape_of_their_table(void **state)
{
	static const struct {
		const char *sql;
		struct user_columns_named named;
		const char *table;
		const char *users;
	} cases[] = {
		{ TABLE ALICE, {0}, "table users", "1|alice|||h|||||||\n" },
		{ "CREATE TABLE \"User\" (id TEXT PRIMARY KEY, email TEXT, full_name, password, "
		  "disabled INT, created_at) WITHOUT ROWID; INSERT INTO User VALUES "
		  "('b', 'b@x', 'Bea', 'h', 0, '2024-01-02'), ('a', 'a@x', NULL, x'68', 1, 1.5)",
		  {0}, "table User",
		  "a|a@x|a@x||x'h'||1||1.5|||\nb|b@x|b@x|Bea|h||0||2024-01-02|||\n" },
		{ "CREATE TABLE people (nick TEXT, pw TEXT, ok TEXT, rights TEXT); "
		  "INSERT INTO people VALUES ('a', 'h', 'true', 'admin')",
		  { "PEOPLE", "Nick", "pw", "ok", "rights", NULL }, "table people",
		  "|a|||h|true||admin||||\n" },
		/* Generated columns, and one whose name is a keyword. */
		{ "CREATE TABLE myuser (\"order\" INTEGER PRIMARY KEY, first, hashed_password, "
		  "username TEXT AS (first || '.x') STORED, \"is_active\" AS (1)); "
		  "INSERT INTO myuser VALUES (1, 'a', 'h')", {0}, "table myuser",
		  "|a.x|||h|1||||||\n" },
		{ TABLE ALICE "ALTER TABLE users RENAME TO t; CREATE VIEW users AS "
		  "SELECT id + 1 AS id, username AS name, hashed_password FROM t WHERE id < 9",
		  {0}, "view users", "2|alice|||h|||||||\n" },
		/* What fits comes before what has a more usual name. */
		{ "CREATE TABLE user (id INT, name TEXT); CREATE TABLE myuser (" COLUMNS ");"
		  "INSERT INTO myuser VALUES (1, 'a', 'h')", {0}, "table myuser",
		  "1|a|||h|||||||\n" },
		{ "PRAGMA user_version = 77; PRAGMA application_id = 5;"
		  "PRAGMA encoding = 'UTF-16';" TABLE
		  "INSERT INTO users VALUES (-4, 'zoë', NULL)", {0}, "table users",
		  "-4|zoë||||||||||\n" },
		/* A table comes before a view of it. */
		{ "CREATE TABLE people (" COLUMNS "); CREATE VIEW all_ AS SELECT * FROM people",
		  {0}, "table people", "" },
		/* Functions of triggers and generated columns that nobody calls do no harm. */
		{ "CREATE TABLE users (" COLUMNS ", f AS (abs(id)));"
		  "CREATE VIRTUAL TABLE found USING fts5(username);"
		  "CREATE TRIGGER t AFTER INSERT ON users BEGIN "
		  "INSERT INTO found VALUES (new.username); END;"
		  "INSERT INTO users VALUES (1, 'a', 'h')", {0}, "table users",
		  "1|a|||h|||||||\n" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *before, *after;

		empty(f->theirs);
		run(f->path, cases[i].sql);
		before = picture(f);
		check_users(f, &cases[i].named, cases[i].users);
		assert_string_equal(f->report, cases[i].table);
		after = picture(f);
		assert_string_equal(before, after);
		free(before);
		free(after);
	}
}

static void
what_cannot_be_found_is_said_with_what_to_type(void **state)
{
	static const struct {
		const char *sql;
		struct user_columns_named named;
		const char *report;
	} cases[] = {
		{ "CREATE TABLE a (x)", {0}, "app.db: no table has a column for the name and one "
		  "for the password; name them with --table, --username-column and "
		  "--password-column (there are: a)\n" },
		{ "CREATE TABLE b (" COLUMNS "); CREATE TABLE a (" COLUMNS "); CREATE TABLE c (x)",
		  {0}, "app.db: several tables could be the one of users; say which with --table "
		  "(there are: b, a)\n" },
		{ TABLE, { .table = "nobody" },
		  "app.db: there is no table \"nobody\" (there are: users)\n" },
		{ "CREATE TABLE users (id, mail_addr, pw)", {0}, "app.db: table users: there is "
		  "no column for the name; name it with --username-column "
		  "(there are: id, mail_addr, pw)\n" },
		{ TABLE, { .active = "nope" }, "app.db: table users: there is no column \"nope\" "
		  "(there are: id, username, hashed_password)\n" },
		{ "CREATE VIEW users AS SELECT * FROM missing", { .table = "users" },
		  "app.db: table users: it cannot be read\n" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		empty(f->theirs);
		run(f->path, cases[i].sql);
		check_refused(f, &cases[i].named, cases[i].report);
	}
}

static void
write_file(const char *path, size_t offset, const char *bytes, size_t len)
{
	FILE *file = fopen(path, access(path, F_OK) == 0 ? "r+" : "w");

	assert_non_null(file);
	assert_int_equal(fseek(file, (long)offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

static void
a_file_that_is_no_database_or_is_damaged_is_refused(void **state)
{
	static const char noise[8192] = "nothing that SQLite could read";
	struct fixture *f = *state;

	check_refused(f, NULL, "app.db: No such file or directory\n");
	write_file(f->path, 0, noise, 0);
	check_refused(f, NULL, "app.db: the file is empty\n");
	write_file(f->path, 0, noise, sizeof(noise));
	check_refused(f, NULL, "app.db: it is not a SQLite database, or it is encrypted\n");
	empty(f->theirs);
	run(f->path, TABLE "INSERT INTO users WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL "
	    "SELECT n + 1 FROM c WHERE n < 500) SELECT n, hex(randomblob(99)), 'h' FROM c");
	write_file(f->path, 4096, noise, sizeof(noise));
	check_refused(f, NULL, "app.db: the database is damaged");
	empty(f->theirs);
	assert_int_equal(mkdir(f->path, 0700), 0);
	check_refused(f, NULL, "app.db: is not a file\n");
	assert_int_equal(rmdir(f->path), 0);
}

static void
no_link_beside_a_database_is_followed(void **state)
{
	static const char *const suffixes[] = { "-wal", "-journal", "-shm" };
	struct fixture *f = *state;
	char link[160], other[160];

	run(f->path, TABLE ALICE);
	snprintf(other, sizeof(other), "%s/other", f->theirs);
	write_file(other, 0, "other", 5);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(link, sizeof(link), "%s%s", f->path, suffixes[i]);
		assert_int_equal(symlink(other, link), 0);
		check_refused(f, NULL, "Too many levels of symbolic links\n");
		assert_int_equal(unlink(link), 0);
	}
	check_users(f, NULL, "1|alice|||h|||||||\n");
}

static void
the_last_users_are_read_from_a_log_that_a_killed_program_left(void **state)
{
	struct fixture *f = *state;
	char shm[160];
	char *before, *after;

	run(f->path, "PRAGMA journal_mode = WAL;" TABLE ALICE);
	run_and_die(f->path, "PRAGMA wal_autocheckpoint = 0;"
	    "INSERT INTO users VALUES (2, 'bob', 'h')");
	before = picture(f);
	check_users(f, NULL, "1|alice|||h|||||||\n2|bob|||h|||||||\n");
	after = picture(f);
	assert_string_equal(before, after);
	free(before);
	free(after);

	snprintf(shm, sizeof(shm), "%s-shm", f->path);
	assert_int_equal(unlink(shm), 0);
	check_users(f, NULL, "1|alice|||h|||||||\n2|bob|||h|||||||\n");
	assert_int_equal(access(shm, F_OK), -1);
}

/* Enough that it is written before it is committed. */
#define HALF_DONE                                                                                 \
	"PRAGMA cache_size = 1; BEGIN; UPDATE users SET username = 'mallory';"                    \
	"INSERT INTO users SELECT value, hex(randomblob(999)), 'h' "                              \
	"FROM json_each('[2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]')"

static void
a_half_done_change_is_undone_in_the_copy_alone(void **state)
{
	struct fixture *f = *state;
	char journal[160];
	char *before, *after;

	run(f->path, TABLE ALICE);
	run_and_die(f->path, HALF_DONE);
	snprintf(journal, sizeof(journal), "%s-journal", f->path);
	assert_int_equal(access(journal, F_OK), 0);
	before = picture(f);

	check_users(f, NULL, "1|alice|||h|||||||\n");

	after = picture(f);
	assert_string_equal(before, after);
	free(before);
	free(after);
	run(f->path, "SELECT * FROM users");
}

/* As SQLite does: what names a super-journal is undone only where that is there. */
static void
a_journal_never_makes_us_touch_the_file_that_it_names(void **state)
{
	struct fixture *f = *state;
	char journal[160], super[160], tail[512];
	char *before, *after;
	size_t len, at;
	unsigned sum = 0;
	struct stat st;

	snprintf(super, sizeof(super), "%s/precious", f->theirs);
	write_file(super, 0, "precious", 8);
	run(f->path, TABLE ALICE);
	run_and_die(f->path, HALF_DONE);
	snprintf(journal, sizeof(journal), "%s-journal", f->path);
	assert_int_equal(stat(journal, &st), 0);
	len = strlen(super);
	memset(tail, 0, sizeof(tail));
	memcpy(tail + 4, super, len);
	for (size_t i = 0; i < len; i++)
		sum += (unsigned)super[i];
	at = 4 + len;
	tail[at + 3] = (char)len;
	for (int i = 0; i < 4; i++)
		tail[at + 4 + (size_t)i] = (char)(sum >> (24 - 8 * i));
	memcpy(tail + at + 8, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
	write_file(journal, (size_t)st.st_size, tail, at + 16);
	before = picture(f);

	check_users(f, NULL, "1|alice|||h|||||||\n");

	after = picture(f);
	assert_string_equal(before, after);
	free(before);
	free(after);
	assert_int_equal(unlink(super), 0);
	/* Now it counts as committed. */
	free((read_users(f, NULL, &after), after));
	assert_null(strstr(f->report, "alice"));
}

/* Holds a transaction of another process open until a byte is written to the pipe. */
static pid_t
begin(const char *path, const char *sql, int pipes[2])
{
	int ready[2];
	char byte;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		sqlite3 *db = NULL;

		die(sqlite3_open(path, &db) == SQLITE_OK &&
		    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
		    write(ready[1], "x", 1) == 1 && read(pipes[0], &byte, 1) == 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return child;
}

static void
end(pid_t child, int pipes[2])
{
	assert_int_equal(write(pipes[1], "x", 1), 1);
	check_killed(child);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void
a_program_that_is_writing_is_waited_for_and_then_named(void **state)
{
	struct fixture *f = *state;
	int pipes[2];
	pid_t child;

	run(f->path, TABLE ALICE);
	child = begin(f->path, "BEGIN EXCLUSIVE", pipes);
	check_refused(f, NULL, "app.db: another program is writing to it: stop that for a moment, "
	    "and try again\n");
	end(child, pipes);

	/* In a log, what is not committed yet is not there. */
	run(f->path, "PRAGMA journal_mode = WAL");
	child = begin(f->path, "BEGIN; SELECT * FROM users", pipes);
	check_users(f, NULL, "1|alice|||h|||||||\n");
	end(child, pipes);
}

/* A program that has begun a change, and written none of it, is no reason to wait. */
static void
what_is_committed_is_read_beside_a_change_that_has_begun(void **state)
{
	struct fixture *f = *state;
	int pipes[2];
	pid_t child;

	run(f->path, TABLE ALICE);
	child = begin(f->path, "BEGIN IMMEDIATE; UPDATE users SET username = 'mallory'", pipes);

	check_users(f, NULL, "1|alice|||h|||||||\n");

	end(child, pipes);
}

static void
all_that_is_opened_by_path_is_opened_before_the_account_changes(void **state)
{
	struct fixture *f = *state;
	pid_t child;

	if (getuid() != 0)
		skip();
	run(f->path, "PRAGMA journal_mode = WAL;" TABLE);
	run_and_die(f->path, ALICE);
	assert_int_equal(chown(f->directory, NOBODY, NOBODY), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct user_columns_named none = {0};
		struct foreign *foreign = NULL;
		struct user_columns columns;
		bool is_well = foreign_open(f->path, &f->config, &foreign, stderr) == ERR_OK &&
		    setgid(NOBODY) == 0 && setuid(NOBODY) == 0 &&
		    access(f->theirs, R_OK) == -1 &&
		    foreign_copy(foreign, &f->config, stderr) == ERR_OK &&
		    foreign_find_users(foreign, &none, &columns, stderr) == ERR_OK &&
		    foreign_read(foreign, take, stdout, stderr) == ERR_OK;

		foreign_close(foreign);
		die(is_well && access(f->config.state_dir, W_OK) == 0);
	}
	check_killed(child);
}

static void
a_copy_that_a_killed_import_left_is_removed(void **state)
{
	struct fixture *f = *state;
	char path[96], copy[128];

	snprintf(path, sizeof(path), "%s/import.tmp", f->directory);
	snprintf(copy, sizeof(copy), "%s/copy.db", path);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mkdir(path, 0700), 0);
		write_file(copy, 0, "left", 4);
		if (i == 0)
			foreign_clean(&f->config);
		else {
			run(f->path, TABLE ALICE);
			check_users(f, NULL, "1|alice|||h|||||||\n");
		}
		assert_int_equal(access(path, F_OK), -1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(users_are_found_by_the_shape_of_their_table),
		TEST(what_cannot_be_found_is_said_with_what_to_type),
		TEST(a_file_that_is_no_database_or_is_damaged_is_refused),
		TEST(no_link_beside_a_database_is_followed),
		TEST(the_last_users_are_read_from_a_log_that_a_killed_program_left),
		TEST(a_half_done_change_is_undone_in_the_copy_alone),
		TEST(a_journal_never_makes_us_touch_the_file_that_it_names),
		TEST(a_program_that_is_writing_is_waited_for_and_then_named),
		TEST(what_is_committed_is_read_beside_a_change_that_has_begun),
		TEST(all_that_is_opened_by_path_is_opened_before_the_account_changes),
		TEST(a_copy_that_a_killed_import_left_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
