/* test_migrate: the steps of the schema, and who can read what they lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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
		cmocka_unit_test(a_program_can_use_its_own_version_and_later_ones_readable_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
