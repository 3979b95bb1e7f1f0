/* test_migrate: the steps of the schema, and who can read what they lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/migrate.h"

static int64_t
newest(void)
{
	int64_t version = 0;

	while (migrate_step(version + 1) != NULL)
		version++;
	return version;
}

static void
steps_are_numbered_and_none_makes_a_database_readable_again(void **state)
{
	int readable_since = 1;

	(void)state;
	for (int64_t version = 1; version <= newest(); version++) {
		const struct migration *step = migrate_step(version);

		assert_int_equal(step->version, version);
		assert_in_range(step->readable_since, readable_since, version);
		readable_since = step->readable_since;
	}
	assert_null(migrate_step(0));
	assert_null(migrate_step(-1));
	assert_null(migrate_step(newest() + 1));
}

static void
columns_are_added_such_that_programs_without_them_go_on(void **state)
{
	(void)state;
	for (int64_t version = 1; version <= newest(); version++) {
		const struct migration_column *columns = migrate_step(version)->columns;

		for (int i = 0; i < MIGRATION_COLUMNS_MAX && columns[i].name != NULL; i++)
			if (strstr(columns[i].definition, "NOT NULL") != NULL)
				assert_non_null(strstr(columns[i].definition, "DEFAULT"));
	}
}

static bool
is_named(const struct migration *step, const char *name)
{
	for (const char *const *made = step->makes; made != NULL && *made != NULL; made++)
		if (strcmp(*made, name) == 0)
			return true;
	return false;
}

static void
what_a_step_makes_is_named_so_that_the_name_can_be_freed(void **state)
{
	static const char made[] = "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' "
		"AND rowid > ?";
	static const char last[] = "SELECT ifnull(max(rowid), 0) FROM sqlite_schema";
	sqlite3 *sqlite = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	for (int64_t version = 1; version <= newest(); version++) {
		const struct migration *step = migrate_step(version);
		sqlite3_stmt *before = NULL, *names = NULL;

		assert_int_equal(sqlite3_prepare_v2(sqlite, last, -1, &before, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(before), SQLITE_ROW);
		for (int i = 0; i < MIGRATION_COLUMNS_MAX && step->columns[i].name != NULL; i++) {
			char sql[256];

			snprintf(sql, sizeof(sql), "ALTER TABLE users ADD COLUMN %s %s",
			    step->columns[i].name, step->columns[i].definition);
			assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
		}
		assert_int_equal(sqlite3_exec(sqlite, step->sql.text, NULL, NULL, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_prepare_v2(sqlite, made, -1, &names, NULL), SQLITE_OK);
		sqlite3_bind_value(names, 1, sqlite3_column_value(before, 0));
		/* What there is of version 1, there is not without users. */
		while (sqlite3_step(names) == SQLITE_ROW)
			if (version > 1)
				assert_true(is_named(step,
				    (const char *)sqlite3_column_text(names, 0)));
		sqlite3_finalize(names);
		sqlite3_finalize(before);
	}
	sqlite3_close(sqlite);
}

static void
a_program_can_use_its_own_version_and_later_ones_readable_since(void **state)
{
	const int64_t own = newest();
	const struct {
		int64_t version;
		int64_t readable_since;
		enum migrate_fit fit;
	} rows[] = {
		{ own, own, MIGRATE_FITS },
		{ own, 1, MIGRATE_FITS },
		{ own + 1, 1, MIGRATE_FITS },
		{ own + 9, own, MIGRATE_FITS },
		{ own + 1, own + 1, MIGRATE_NEWER },
		{ own + 9, own + 1, MIGRATE_NEWER },
		{ own - 1, 1, MIGRATE_OLDER },
		{ 0, 0, MIGRATE_OLDER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(migrate_compare(rows[i].version, rows[i].readable_since),
		    rows[i].fit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_numbered_and_none_makes_a_database_readable_again),
		cmocka_unit_test(columns_are_added_such_that_programs_without_them_go_on),
		cmocka_unit_test(what_a_step_makes_is_named_so_that_the_name_can_be_freed),
		cmocka_unit_test(a_program_can_use_its_own_version_and_later_ones_readable_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
