/* test_language: which language a browser is answered in. */
#include "text/language.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
the_language_is_the_one_that_the_browser_prefers(void **state)
{
	static const char *const tags[] = { "en", "de", "fr", "pt-BR" };
	static const struct { const char *header; const char *chosen; } cases[] = {
		{ "de", "de" }, { "DE-at, en;q=0.5", "de" }, { "en-US,en;q=0.9", "en" },
		{ "it, fr;q=0.3, de;q=0.4", "de" }, { "fr;q=0.5,de;q=0.5", "fr" },
		{ "de;q=0,fr;q=0.001", "fr" }, { "pt", "pt-BR" }, { "pt-PT", "" }, { "d", "" },
		{ "den, dee-de", "" }, { "", "" }, { "*", "" }, { ",,;q=1, ,fr", "fr" },
		{ "de;q=2, fr", "fr" }, { "de;level=1, fr;q=0.1", "fr" }, { "de ; q=0.9", "de" },
		{ "de;q=1.0", "de" }, { "de-", "" }, { "-de", "" }, { "it;q=0.9;x, de;q=", "" },
		{ "\xff\xfe, de", "de" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t index = language_choose(cases[i].header, tags, 4);
		const char *chosen = index < 4 ? tags[index] : "";

		if (strcmp(chosen, cases[i].chosen) != 0)
			fail_msg("'%s': '%s', not '%s'", cases[i].header, chosen, cases[i].chosen);
	}
	assert_int_equal(language_choose("de", tags, 0), 0);
}

static void
a_tag_has_letters_and_parts(void **state)
{
	(void)state;
	assert_true(language_is_tag("en"));
	assert_true(language_is_tag("pt-BR"));
	assert_true(language_is_tag("zh-Hant-TW"));
	assert_false(language_is_tag(""));
	assert_false(language_is_tag("README.md"));
	assert_false(language_is_tag("en_US"));
	assert_false(language_is_tag("../en"));
	assert_false(language_is_tag("toolongapart"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_language_is_the_one_that_the_browser_prefers),
		cmocka_unit_test(a_tag_has_letters_and_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
