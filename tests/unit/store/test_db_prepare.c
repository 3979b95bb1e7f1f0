/* test_db_prepare: tables are made in PostgreSQL once, never among those of another program. */
#include "database.h"

#include <sys/wait.h>

/* Runs SQL as whoever owns the database does. */
static void
psql(const char *sql)
{
	const char *uri = getenv("BEARWARD_TEST_DATABASE");
	const pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		execlp("psql", "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", uri, "-c",
		    "SET client_min_messages = error", "-c", sql, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define EMPTY "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;"

/* Prepares the database as `bearward init` does; said is what it says. */
static enum err
prepare(const struct database *d, char said[512])
{
	FILE *report = tmpfile();
	enum err err;

	assert_non_null(report);
	err = db_prepare(&d->config, NULL, report);
	rewind(report);
	said[fread(said, 1, 511, report)] = '\0';
	fclose(report);
	return err;
}

static int
set_up(void **state)
{
	struct database *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	psql(EMPTY);
	database_make(d, JOURNAL_WAL, 60000);
	*state = d;
	return 0;
}

static int
tear_down(void **state)
{
	psql(EMPTY);
	database_remove(*state, NULL);
	free(*state);
	return 0;
}

static void *
prepare_at_once(void *database)
{
	char said[512];
	const enum err err = prepare(database, said);

	if (*said != '\0')
		print_error("%s", said);
	return err == ERR_OK ? database : NULL;
}

static void
hosts_that_make_the_tables_at_the_same_time_all_find_them_made(void **state)
{
	enum { HOSTS = 4 };
	struct database *d = *state;
	pthread_t threads[HOSTS];
	void *done;

	for (int round = 0; round < 5; round++) {
		bool is_there = true;

		psql(EMPTY);
		assert_int_equal(db_find(&d->config, NULL, stderr, &is_there), ERR_OK);
		assert_false(is_there);
		for (int i = 0; i < HOSTS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, prepare_at_once, d), 0);
		for (int i = 0; i < HOSTS; i++) {
			assert_int_equal(pthread_join(threads[i], &done), 0);
			assert_non_null(done);
		}
		assert_int_equal(db_find(&d->config, NULL, stderr, &is_there), ERR_OK);
		assert_true(is_there);
	}
	database_open(d);
}

static void
what_stands_in_the_way_is_said_and_nothing_is_changed(void **state)
{
	static const struct {
		const char *sql;
		const char *said;
	} rows[] = {
		{ EMPTY "CREATE TABLE users (id int, email text)", "another program" },
		{ EMPTY "CREATE VIEW sessions AS SELECT 1", "\"sessions\" of another program" },
		{ EMPTY "SET search_path = elsewhere; CREATE SCHEMA elsewhere; "
		    "CREATE TABLE elsewhere.other (id int); DROP SCHEMA public", "search_path" },
		{ "UPDATE bearward_schema SET version = 99, readable_since = 99", "newer" },
	};
	struct database *d = *state;
	char said[512];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct db *db = NULL;

		psql("DROP SCHEMA IF EXISTS elsewhere CASCADE;" EMPTY);
		assert_int_equal(prepare(d, said), ERR_OK);
		assert_string_equal(said, "");
		psql(rows[i].sql);

		assert_int_equal(prepare(d, said), ERR_SETUP);
		if (strstr(said, rows[i].said) == NULL)
			fail_msg("%s\n%s", rows[i].sql, said);
		/* What is wrong keeps every program from its start. */
		assert_int_equal(db_open(&d->config, DB_WRITE, &db), ERR_SETUP);
		assert_null(db);
	}
	psql("DROP SCHEMA IF EXISTS elsewhere CASCADE");
}

/* Hosts are upgraded one by one: the old program goes on where the new one says that it may. */
static void
a_newer_schema_that_is_readable_since_ours_is_used_and_left_as_it_is(void **state)
{
	struct database *d = *state;
	char said[512];

	psql("UPDATE bearward_schema SET version = 99, readable_since = 5");

	assert_int_equal(prepare(d, said), ERR_OK);
	database_open(d);
	assert_int_equal(database_ask(d, "SELECT version FROM bearward_schema"), 99);
}

int
main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH(hosts_that_make_the_tables_at_the_same_time_all_find_them_made),
		WITH(what_stands_in_the_way_is_said_and_nothing_is_changed),
		WITH(a_newer_schema_that_is_readable_since_ours_is_used_and_left_as_it_is),
	};

	return database_is_sqlite() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
