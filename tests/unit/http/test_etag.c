/* test_etag: one version of a document is told from another. */
#include "http/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void
an_etag_is_strong_and_goes_by_the_bytes(void **state)
{
	char etag[ETAG_SIZE], same[ETAG_SIZE], other[ETAG_SIZE];

	(void)state;
	assert_int_equal(etag_make("{}", etag), ERR_OK);
	assert_int_equal(etag_make("{}", same), ERR_OK);
	assert_int_equal(etag_make("{ }", other), ERR_OK);
	assert_int_equal(etag[0], '"');
	assert_string_equal(etag, same);
	assert_string_not_equal(etag, other);
}

static void
a_list_names_an_etag_whole_and_one_that_is_weak_as_well(void **state)
{
	static const struct { const char *header; bool is_named; } cases[] = {
		{ "\"x-1\"", true }, { "W/\"x-1\"", true }, { "*", true }, { " * ", true },
		{ "\"a\", \"x-1\"", true }, { "\"a\",W/\"b\" ,\t\"x-1\",\"c\"", true },
		{ ", ,\"x-1\"", true }, { "\"\", \"x-1\"", true }, { "\"a,b\", \"x-1\"", true },
		{ "\"x-1\", nonsense", true }, { "\"\xc3\xa4\", \"x-1\"", true },

		{ "", false }, { ",", false }, { "x-1", false }, { "\"x-1", false },
		{ "x-1\"", false }, { "\"x-\"", false }, { "\"x-12\"", false },
		{ "\"a\"\"x-1\"", false }, { "\"a\" \"x-1\"", false },
		{ "\"a b\", \"x-1\"", false },
		{ "w/\"x-1\"", false }, { "W/ \"x-1\"", false }, { "W/W/\"x-1\"", false },
		{ "nonsense, \"x-1\"", false }, { "*, \"x-1\"", false }, { "**", false },
		{ "\"*\"", false }, { "\"X-1\"", false }, { "'x-1'", false }, { "W/", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (etag_is_named(cases[i].header, "\"x-1\"") != cases[i].is_named)
			fail_msg("If-None-Match: %s", cases[i].header);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_etag_is_strong_and_goes_by_the_bytes),
		cmocka_unit_test(a_list_names_an_etag_whole_and_one_that_is_weak_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
