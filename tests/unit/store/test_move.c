/* test_move: users go to another database and come back, all of them or none. */
#include "database.h"

#include "store/move_survey.h"

enum { NOW = 1800000000, SIDES = 3 };

/* A database: a file in a directory of its own, or the PostgreSQL of BEARWARD_TEST_DATABASE. */
struct side {
	char directory[64], path[128];
	struct config config;
};

/* Users are in the first, go to the second, and come back to the third. */
struct sides {
	struct side sides[SIDES];
	int64_t faults;
	struct move_fault last;
};

/* Runs SQL on a file, as somebody with a tool would; returns the first number, or 0. */
__attribute__((format(printf, 2, 3)))
static int64_t
ask(const struct side *side, const char *format, ...)
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *statement = NULL;
	char *sql, *message = NULL;
	int64_t number = 0;
	va_list args;

	va_start(args, format);
	sql = sqlite3_vmprintf(format, args);
	va_end(args);
	assert_int_equal(sqlite3_open(side->path, &sqlite), SQLITE_OK);
	sqlite3_busy_timeout(sqlite, 60000);
	/* All but the last statement of a script. */
	if (strchr(sql, ';') != NULL && sqlite3_exec(sqlite, sql, NULL, NULL, &message) !=
	    SQLITE_OK)
		fail_msg("%s: %s", sql, message);
	if (strchr(sql, ';') == NULL) {
		if (sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(sqlite));
		if (sqlite3_step(statement) == SQLITE_ROW)
			number = sqlite3_column_int64(statement, 0);
		assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	}
	assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
	sqlite3_free(sql);
	return number;
}

static const struct db_sql forget_mark = { .text = "DELETE FROM bearward_move" };
static const struct db_sql forget_users = { .text = "DELETE FROM users" };

static enum err
do_forget(struct db_connection *connection, void *unused)
{
	enum err err = db_run(connection, &forget_mark, NULL, NULL, NULL, NULL);

	(void)unused;
	return err == ERR_OK ? db_run(connection, &forget_users, NULL, NULL, NULL, NULL) : err;
}

/* All tests have the one PostgreSQL in turn. */
static void
empty(const struct side *side)
{
	struct db *db;

	assert_int_equal(db_open(&side->config, DB_MOVE, &db), ERR_OK);
	assert_int_equal(db_transact(db, do_forget, NULL), ERR_OK);
	db_close(db);
}

static void
make_side(struct side *side, const char *database)
{
	FILE *report = tmpfile();
	char said[512] = "";

	assert_non_null(report);
	strcpy(side->directory, "/tmp/bearward-move-XXXXXX");
	assert_non_null(mkdtemp(side->directory));
	snprintf(side->path, sizeof(side->path), "%s/bearward.db", side->directory);
	side->config = (struct config){
		.state_dir = side->directory, .storage_wait = 60000, .journal_mode = JOURNAL_WAL,
		.database = (char *)database, .database_password_file = (char *)"",
		.database_reader = (char *)"", .database_reader_password_file = (char *)"",
		.database_connections = 2,
	};
	if (db_prepare(&side->config, NULL, report) != ERR_OK) {
		rewind(report);
		(void)!fread(said, 1, sizeof(said) - 1, report);
		fail_msg("%s", said);
	}
	fclose(report);
	if (*database != '\0')
		empty(side);
}

static int
set_up(void **state)
{
	struct sides *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	make_side(&s->sides[0], "");
	make_side(&s->sides[1], database_is_sqlite() ? "" : getenv("BEARWARD_TEST_DATABASE"));
	make_side(&s->sides[2], "");
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct sides *s = *state;

	if (!database_is_sqlite())
		empty(&s->sides[1]);
	for (int i = 0; i < SIDES; i++) {
		char command[128];

		snprintf(command, sizeof(command), "rm -r %s", s->sides[i].directory);
		assert_int_equal(system(command), 0);
	}
	free(s);
	return 0;
}

static void
note_fault(const struct move_fault *fault, void *arg)
{
	struct sides *s = arg;

	s->faults++;
	s->last = *fault;
}

static void
note_progress(const char *doing, const char *table, int64_t rows, void *arg)
{
	(void)arg;
	assert_non_null(doing);
	assert_non_null(table);
	assert_true(rows > 0);
}

/* Opens two of the sides for a move from one to the other. */
static void
begin(struct sides *s, int from, int to, struct move *move)
{
	*move = (struct move){
		.source_place = "the source", .target_place = "the target", .now = NOW,
		.tell = note_fault, .progress = note_progress, .arg = s,
	};
	assert_int_equal(move_prepare(move), ERR_OK);
	assert_int_equal(db_open(&s->sides[from].config, DB_MOVE, &move->source), ERR_OK);
	assert_int_equal(db_open(&s->sides[to].config, DB_MOVE, &move->target), ERR_OK);
}

static void
end(struct move *move)
{
	db_close(move->source);
	db_close(move->target);
	move_clear(move);
}

static const struct audits_row moved = {
	.at = NOW, .event = "users moved", .actor = "", .client_id = "", .network = "",
	.detail = "", .count = 1,
};

static enum err
move_users(struct sides *s, int from, int to)
{
	struct move move;
	enum err err;

	begin(s, from, to, &move);
	if ((err = move_run(&move)) == ERR_OK)
		err = move_finish(&move, &moved);
	end(&move);
	return err;
}

/* Rows of all tables: many, more than a bite, with values that are unlikely, and some NULL. */
static const char filling[] =
	"CREATE TABLE n AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
	"LIMIT 1700) SELECT i FROM c;"
	"CREATE TABLE texts (i INTEGER PRIMARY KEY, t TEXT);"
	"INSERT INTO texts (t) VALUES (''), ('NULL'), ('\"'), ('\\'), ('{a,\"b\"}'), (char(1)), "
	"(char(10)), (char(0x10ffff)), (char(0xfeff)), (' '), (',') , ('\\x00'), ('''');"
	"CREATE TABLE numbers (i INTEGER PRIMARY KEY, n INTEGER);"
	"INSERT INTO numbers (n) VALUES (0), (-1), (9223372036854775807), (1 << 32), "
	"(-9223372036854775807 - 1);"
	"INSERT INTO users SELECT i * 3 - 40, 'name' || i || (SELECT t FROM texts "
	"ORDER BY random() LIMIT 1), 'key' || i, hex(randomblob(i % 90)), i % 2, "
	"(SELECT t FROM texts WHERE texts.i = 1 + n.i % 13), (SELECT n FROM numbers WHERE "
	"numbers.i = 1 + n.i % 5), CASE i % 3 WHEN 0 THEN 'a@b' || i END, "
	"CASE i % 5 WHEN 0 THEN (SELECT t FROM texts WHERE texts.i = 1 + n.i % 11) END, "
	"i % 7 = 0, i % 11 = 0, 'g', i, 0, i FROM n;"
	"DELETE FROM users WHERE id > 5000;"
	"INSERT INTO moments VALUES ('zzz', 5); UPDATE moments SET at = 77 WHERE name = 'tidy';"
	"INSERT INTO introspectors VALUES ('a', randomblob(32), 4), ('\"', x'', 5);"
	"INSERT INTO dead_tokens SELECT randomblob(16), i FROM n LIMIT 600;"
	"INSERT INTO audit (at, event, user_id, detail, count) SELECT i, 'sign-in', "
	"CASE i % 4 WHEN 0 THEN NULL ELSE i END, (SELECT t FROM texts WHERE "
	"texts.i = 1 + n.i % 13), (SELECT n FROM numbers WHERE numbers.i = 1 + n.i % 5) FROM n;"
	"DELETE FROM audit WHERE id > 1690;"
	"INSERT INTO known_networks SELECT users.id, t, 3 FROM users, texts WHERE users.id < 600;"
	"INSERT INTO sessions (digest, user_id, created_at, auth_at, seen_at, idle, expires_at, "
	"agent) SELECT randomblob(32), id, 1, 2, 3, 4, 5, '\\\"' FROM users;"
	"UPDATE sessions SET parent_id = id - 1, user_id = (SELECT user_id FROM sessions AS p "
	"WHERE p.id = sessions.id - 1) WHERE id % 2 = 0;"
	"INSERT INTO grants (gid, user_id, session_id, client_id, scope, created_at, auth_at, "
	"expires_at, rotated_at, current, previous, salt, counted) SELECT randomblob(16), id, "
	"CASE id % 2 WHEN 0 THEN id END, '', 'me', 1, 2, 3, 4, CASE id % 3 WHEN 0 THEN "
	"randomblob(32) END, randomblob(id % 3), x'00ff5c22', id & 1 FROM users "
	"ORDER BY random();"
	"DELETE FROM grants WHERE rowid % 17 = 0;"
	"INSERT INTO tickets (digest, kind, user_id, gid, expires_at) SELECT randomblob(32), "
	"'link', CASE id % 2 WHEN 0 THEN id END, CASE id % 3 WHEN 0 THEN randomblob(16) END, 9 "
	"FROM users; "
	"INSERT INTO outbox (at, user_id, kind) SELECT 1, CASE id % 2 WHEN 0 THEN id END, 'k' "
	"FROM users;"
	"DROP TABLE n; DROP TABLE texts; DROP TABLE numbers;";

static const char *const tables[][2] = {
	{ "users", "*" }, { "moments", "*" }, { "introspectors", "*" }, { "dead_tokens", "*" },
	{ "known_networks", "*" }, { "sessions", "*" }, { "grants", "rowid, *" },
	{ "tickets", "*" }, { "outbox", "*" }, { "audit", "*" },
};

/* Counts the rows of a table that one of two files has, and the other has not. */
static int64_t
count_differences(const struct side *left, const struct side *arrived, const char *const table[2])
{
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *statement = NULL;
	char *sql = sqlite3_mprintf("SELECT (SELECT count(*) FROM (SELECT %s FROM %s_moved "
	    "EXCEPT SELECT %s FROM there.%s WHERE true %s)) + (SELECT count(*) FROM (SELECT %s "
	    "FROM there.%s WHERE true %s EXCEPT SELECT %s FROM %s_moved))", table[1], table[0],
	    table[1], table[0], strcmp(table[0], "audit") == 0 ? "AND event <> 'users moved'" : "",
	    table[1], table[0], strcmp(table[0], "audit") == 0 ? "AND event <> 'users moved'" : "",
	    table[1], table[0]);
	char *attach = sqlite3_mprintf("ATTACH %Q AS there", arrived->path);
	int64_t count;

	assert_int_equal(sqlite3_open(left->path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sqlite, attach, NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_prepare_v2(sqlite, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(sqlite));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	count = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(sqlite);
	sqlite3_free(attach);
	sqlite3_free(sql);
	return count;
}

static void
rows_of_all_kinds_come_back_as_they_were(void **state)
{
	struct sides *s = *state;

	(void)ask(&s->sides[0], "%s", filling);

	assert_int_equal(move_users(s, 0, 1), ERR_OK);
	assert_int_equal(move_users(s, 1, 2), ERR_OK);

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (count_differences(&s->sides[0], &s->sides[2], tables[i]) != 0)
			fail_msg("%s differs", tables[i][0]);
	assert_true(ask(&s->sides[2], "SELECT count(*) FROM users") > 1500);
	assert_int_equal(ask(&s->sides[2], "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static void
ids_that_were_given_are_never_given_again(void **state)
{
	struct sides *s = *state;

	(void)ask(&s->sides[0], "%s", filling);
	assert_int_equal(ask(&s->sides[0], "SELECT seq FROM sqlite_sequence "
	    "WHERE name = 'users'"), 3 * 1700 - 40);

	assert_int_equal(move_users(s, 0, 1), ERR_OK);
	assert_int_equal(move_users(s, 1, 2), ERR_OK);

	(void)ask(&s->sides[2], "INSERT INTO users (username, username_key, hashed_password) "
	    "VALUES ('new', 'new', '');");
	assert_int_equal(ask(&s->sides[2], "SELECT max(id) FROM users"), 3 * 1700 - 39);
	/* Two moves have told the audit. */
	assert_true(ask(&s->sides[2], "SELECT max(id) FROM audit") >= 1702);
	assert_true(ask(&s->sides[2], "SELECT seq FROM sqlite_sequence WHERE name = 'sessions'")
	    >= ask(&s->sides[0], "SELECT max(id) FROM sessions_moved"));
}

static void
a_value_that_cannot_be_moved_is_named_and_nothing_is_moved(void **state)
{
	static const struct {
		const char *change, *table, *column;
		int64_t id;
	} rows[] = {
		{ "UPDATE users SET username = 'a' || char(0) || 'b' WHERE id = 8;", "users",
		  "username", 8 },
		{ "UPDATE users SET email = CAST(x'ff' AS TEXT) WHERE id = 11;", "users", "email",
		  11 },
		{ "UPDATE users SET email_verified = 2 WHERE id = 14;", "users", "email_verified",
		  14 },
		{ "UPDATE audit SET detail = CAST(x'c3' AS TEXT) WHERE id = 1000;", "audit",
		  "detail", 1000 },
		{ "UPDATE grants SET counted = -1 WHERE rowid = 9;", "grants", "counted", 9 },
	};
	struct sides *s = *state;
	struct move move;
	int64_t faults;
	bool has_users;

	(void)ask(&s->sides[0], "%s", filling);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)ask(&s->sides[0], "CREATE TABLE before AS SELECT rowid AS n, * FROM %s;",
		    rows[i].table);
		(void)ask(&s->sides[0], "%s", rows[i].change);
		s->faults = 0;
		begin(s, 0, 1, &move);

		assert_int_equal(move_survey_rows(&move, &faults), ERR_OK);
		assert_int_equal(faults, 1);
		assert_int_equal(s->faults, 1);
		assert_string_equal(s->last.table->name, rows[i].table);
		assert_string_equal(s->last.column, rows[i].column);
		assert_int_equal(s->last.id, rows[i].id);
		assert_int_equal(move_run(&move), ERR_REFUSED);
		assert_int_equal(move_find_users(move.target, &has_users), ERR_OK);
		assert_false(has_users);
		assert_int_equal(move_find_users(move.source, &has_users), ERR_OK);
		assert_true(has_users);

		end(&move);
		(void)ask(&s->sides[0], "UPDATE %s SET %s = (SELECT %s FROM before WHERE n = "
		    "%s.rowid) WHERE rowid = %lld; DROP TABLE before;", rows[i].table,
		    rows[i].column, rows[i].column, rows[i].table, (long long)rows[i].id);
	}
	assert_int_equal(move_users(s, 0, 1), ERR_OK);
}

static void
what_belongs_to_nobody_stays_behind(void **state)
{
	struct sides *s = *state;
	struct move_count counts[MOVE_TABLES];
	struct move move;
	int64_t strays = 0;

	(void)ask(&s->sides[0], "%s", filling);
	/* As by a tool that enforces no foreign keys. */
	(void)ask(&s->sides[0], "DELETE FROM users WHERE id IN (2, 5);"
	    "DELETE FROM sessions WHERE id = 101;");

	begin(s, 0, 1, &move);
	assert_int_equal(move_survey_count(&move, counts), ERR_OK);
	assert_int_equal(move_run(&move), ERR_OK);
	for (int i = 0; i < MOVE_TABLES; i++) {
		assert_int_equal(move.rows[i], counts[i].rows);
		strays += counts[i].strays;
	}
	end(&move);

	assert_true(strays >= 6);
}

static void
a_target_with_users_is_refused(void **state)
{
	struct sides *s = *state;

	(void)ask(&s->sides[0], "%s", filling);
	(void)ask(&s->sides[2], "%s", filling);

	assert_int_equal(move_users(s, 0, 2), ERR_CONFLICT);

	assert_true(ask(&s->sides[0], "SELECT count(*) FROM users") > 1500);
	assert_true(ask(&s->sides[2], "SELECT count(*) FROM users") > 1500);
}

/* Opens it as a program would, and returns what came of it. */
static enum err
open_and_close(const struct side *side)
{
	struct db *db;
	enum err err = db_open(&side->config, DB_READ, &db);

	db_close(db);
	return err;
}

static void
no_program_uses_a_database_that_was_left(void **state)
{
	static const struct db_sql change = { .text = "UPDATE users SET is_active = FALSE" };
	struct sides *s = *state;
	struct db *running;
	bool has_users;

	(void)ask(&s->sides[0], "%s", filling);
	assert_int_equal(db_open(&s->sides[0].config, DB_WRITE, &running), ERR_OK);
	assert_int_equal(move_find_users(running, &has_users), ERR_OK);

	assert_int_equal(move_users(s, 0, 1), ERR_OK);

	assert_int_equal(move_find_users(running, &has_users), ERR_STORAGE);
	assert_int_equal(db_change(running, &change, NULL, NULL, NULL, NULL), ERR_STORAGE);
	assert_int_equal(open_and_close(&s->sides[0]), ERR_SETUP);
	assert_int_equal(open_and_close(&s->sides[1]), ERR_OK);
	/* That is what a program of the first release asks. */
	assert_int_equal(ask(&s->sides[0], "PRAGMA user_version"), 2147483647);
	db_close(running);
}

static void
users_that_have_arrived_and_not_left_are_moved_anew(void **state)
{
	struct sides *s = *state;
	struct move move;
	struct move_mark mark;

	(void)ask(&s->sides[0], "%s", filling);
	/* For this, the last step fails. */
	(void)ask(&s->sides[0], "CREATE TABLE users_moved (i);");

	begin(s, 0, 1, &move);
	assert_int_equal(move_run(&move), ERR_STORAGE);
	assert_int_equal(move_find_mark(move.target, &mark), ERR_OK);
	assert_int_equal(mark.kind, MOVE_MARK_ARRIVING);
	assert_int_equal(move_find_mark(move.source, &mark), ERR_OK);
	assert_int_equal(mark.kind, MOVE_MARK_NONE);
	end(&move);
	assert_int_equal(open_and_close(&s->sides[0]), ERR_OK);
	assert_int_equal(open_and_close(&s->sides[1]), ERR_SETUP);

	/* Meanwhile the source goes on. */
	(void)ask(&s->sides[0], "DROP TABLE users_moved; UPDATE users SET scope = 'x';"
	    "DELETE FROM users WHERE id > 1000;");
	assert_int_equal(move_users(s, 0, 1), ERR_OK);
	assert_int_equal(move_users(s, 1, 2), ERR_OK);
	assert_int_equal(ask(&s->sides[2], "SELECT count(*) FROM users WHERE id > 1000 "
	    "OR scope <> 'x'"), 0);
}

static void
users_that_have_left_and_not_arrived_need_the_end_only(void **state)
{
	struct sides *s = *state;
	struct move move;

	(void)ask(&s->sides[0], "%s", filling);
	begin(s, 0, 1, &move);
	assert_int_equal(move_run(&move), ERR_OK);
	end(&move);
	assert_int_equal(open_and_close(&s->sides[0]), ERR_SETUP);
	assert_int_equal(open_and_close(&s->sides[1]), ERR_SETUP);

	begin(s, 0, 1, &move);
	assert_int_equal(move_finish(&move, &moved), ERR_OK);
	end(&move);

	assert_int_equal(open_and_close(&s->sides[0]), ERR_SETUP);
	assert_int_equal(open_and_close(&s->sides[1]), ERR_OK);
}

/* Returns whether a table is moved with a column. */
static bool
is_moved(const char *table, const char *column)
{
	for (int i = 0; i < MOVE_TABLES; i++)
		for (const struct move_column *c = move_tables[i].columns; c->name != NULL; c++)
			if (strcmp(move_tables[i].name, table) == 0 &&
			    strcmp(c->name, column) == 0)
				return true;
	return false;
}

static void
every_column_of_the_schema_is_moved(void **state)
{
	static const char sql[] = "SELECT m.name, c.name FROM sqlite_schema AS m, "
		"pragma_table_info(m.name) AS c WHERE m.type = 'table' "
		"AND m.name NOT IN ('bearward_schema', 'sqlite_sequence')";
	struct sides *s = *state;
	sqlite3 *sqlite = NULL;
	sqlite3_stmt *names = NULL;
	int columns = 0;

	assert_int_equal(sqlite3_open(s->sides[0].path, &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sqlite, sql, -1, &names, NULL), SQLITE_OK);
	for (; sqlite3_step(names) == SQLITE_ROW; columns++)
		if (!is_moved((const char *)sqlite3_column_text(names, 0),
		    (const char *)sqlite3_column_text(names, 1)))
			fail_msg("%s.%s would stay behind", sqlite3_column_text(names, 0),
			    sqlite3_column_text(names, 1));
	sqlite3_finalize(names);
	sqlite3_close(sqlite);

	assert_true(columns > 80);
}

static void
what_other_programs_have_in_the_file_is_listed(void **state)
{
	static const struct { const char *kind, *name; int64_t rows; } expected[] = {
		{ "column", "phone", -1 }, { "table", "my \"items\"", 2 },
		{ "index", "of_email", -1 }, { "trigger", "note", -1 }, { "view", "seen", -1 },
	};
	struct sides *s = *state;
	struct move_rest *rest = NULL, *one;
	struct move move;
	size_t i = 0;

	(void)ask(&s->sides[0], "ALTER TABLE users ADD COLUMN phone TEXT;"
	    "CREATE TABLE \"my \"\"items\"\"\" (id INTEGER REFERENCES users (id));"
	    "CREATE INDEX items_id ON \"my \"\"items\"\"\" (id);"
	    "CREATE UNIQUE INDEX of_email ON users (email); CREATE VIEW seen AS SELECT 1;"
	    "INSERT INTO \"my \"\"items\"\"\" VALUES (NULL), (NULL);"
	    "CREATE TRIGGER note AFTER DELETE ON users BEGIN SELECT 1; END;");

	begin(s, 0, 1, &move);
	assert_int_equal(move_survey_rest(&move, &rest), ERR_OK);
	for (one = rest; one != NULL; one = one->next, i++) {
		assert_string_equal(one->kind, expected[i].kind);
		assert_string_equal(one->name, expected[i].name);
		assert_int_equal(one->rows, expected[i].rows);
	}
	assert_int_equal(i, sizeof(expected) / sizeof(expected[0]));
	assert_int_equal(move_run(&move), ERR_OK);
	end(&move);
	move_survey_free(rest);

	assert_int_equal(ask(&s->sides[0], "SELECT count(*) FROM \"my \"\"items\"\"\""), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_all_kinds_come_back_as_they_were),
		TEST(ids_that_were_given_are_never_given_again),
		TEST(a_value_that_cannot_be_moved_is_named_and_nothing_is_moved),
		TEST(what_belongs_to_nobody_stays_behind),
		TEST(a_target_with_users_is_refused),
		TEST(no_program_uses_a_database_that_was_left),
		TEST(users_that_have_arrived_and_not_left_are_moved_anew),
		TEST(users_that_have_left_and_not_arrived_need_the_end_only),
		TEST(every_column_of_the_schema_is_moved),
		TEST(what_other_programs_have_in_the_file_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
