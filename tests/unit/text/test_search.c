/* test_search: a part of a text, as people look for it. */
#include "text/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *part, *text;
	bool is_found;
} cases[] = {
	{ "", "", true }, { "", "alice", true }, { "a", "", false },
	{ "alice", "alice", true }, { "LIC", "alice", true }, { "lic", "ALICE", true },
	{ "alicex", "alice", false }, { "al ice", "alice", false },
	{ "@example", "Alice@Example.org", true }, { "a.c", "abc", false },
	{ "%", "alice", false }, { "_", "alice", false },
	{ "M\u00dcLLER", "Anna M\u00fcller", true }, { "Mu\u0308ller", "Anna M\u00dcLLER", true },
	{ "muller", "M\u00fcller", false }, { "m\u00fcller", "muller", false },
	{ "STRASSE", "Stra\u00dfe 3", true }, { "stra\u00dfe", "STRASSE", true },
	{ "alice", "\uff41\uff4c\uff49\uff43\uff45", true }, { "\uff21", "alice", true },
	{ "\u03a3", "\u03c2", true }, { "k", "\u212aelvin", true }, { "\u212a", "kelvin", true },
	{ "\u5c71\u7530", "\u5c71\u7530\u592a\u90ce", true },
	{ "\u7530\u5c71", "\u5c71\u7530", false }, { "\U0001f98a", "fox\U0001f98a", true },
	{ "a", "\xff" "a", false }, { "a", "a\xc3", false },
};

static void
a_part_is_found_in_any_case_width_and_normal_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct search search;
		bool is_found;

		assert_int_equal(search_init(&search, cases[i].part), ERR_OK);
		assert_int_equal(search_find(&search, cases[i].text, &is_found), ERR_OK);
		if (is_found != cases[i].is_found)
			fail_msg("'%s' in '%s': %d", cases[i].part, cases[i].text, is_found);
		search_clear(&search);
	}
}

static void
a_part_that_is_not_utf8_is_refused(void **state)
{
	static const char *const parts[] = { "\xff", "a\xc3", "\xed\xa0\x80" };

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct search search;

		assert_int_equal(search_init(&search, parts[i]), ERR_REFUSED);
		search_clear(&search);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_found_in_any_case_width_and_normal_form),
		cmocka_unit_test(a_part_that_is_not_utf8_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
