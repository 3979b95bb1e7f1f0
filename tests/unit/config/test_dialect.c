/* test_dialect: the dialects there are. */
#include "config/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
every_dialect_is_found_by_its_name(void **state)
{
	const struct dialect *dialect;
	size_t count = 0;

	(void)state;
	for (; (dialect = dialect_get(count)) != NULL; count++)
		assert_ptr_equal(dialect_find(dialect->name), dialect);
	assert_int_equal(count, 2);
}

static void
there_is_nothing_past_the_last_dialect(void **state)
{
	(void)state;
	assert_null(dialect_get(2));
	assert_null(dialect_get(SIZE_MAX));
}

static void
no_dialect_is_found_by_another_name(void **state)
{
	static const char *const names[] = { "", "rf", "rfcs", "RFC", "oauth" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (dialect_find(names[i]) != NULL)
			fail_msg("found: '%s'", names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_is_found_by_its_name),
		cmocka_unit_test(there_is_nothing_past_the_last_dialect),
		cmocka_unit_test(no_dialect_is_found_by_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
