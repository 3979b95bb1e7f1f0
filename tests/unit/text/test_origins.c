/* test_origins: which origins a list has, and which lists can be one. */
#include "text/origins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))
#define LIST "https://a.example http://localhost:3000 https://a.example.org"

static void
an_origin_is_found_whole_and_in_its_own_spelling(void **state)
{
	static const struct { const char *list; const char *origin; int at; } vectors[] = {
		{ LIST, "https://a.example", 0 },
		{ LIST, "http://localhost:3000", 18 },
		{ LIST, "https://a.example.org", 40 },
		{ LIST, "https://a.exampl", -1 },
		{ LIST, "https://a.example.", -1 },
		{ LIST, "http://localhost:30000", -1 },
		{ LIST, "https://A.example", -1 },
		{ LIST, "", -1 },
		{ LIST, " ", -1 },
		{ LIST, LIST, -1 },
		{ "", "", -1 },
		{ "", "https://a.example", -1 },
	};
	size_t len;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const char *found = origins_find(vectors[i].list, vectors[i].origin, &len);
		const int at = found == NULL ? -1 : (int)(found - vectors[i].list);

		if (at != vectors[i].at)
			fail_msg("'%s': came %d", vectors[i].origin, at);
		if (found != NULL)
			assert_int_equal(len, strlen(vectors[i].origin));
	}
}

/* The words of each fault are in tests/http/test_origins.py, beside the setting. */
static void
what_a_browser_sends_is_an_origin(void **state)
{
	static const char *const good[] = {
		"", "*", LIST, "http://127.0.0.1", "http://[::1]:8080",
		"http://[::ffff:1.2.3.4]",
		"ionic://localhost", "moz-extension://0a-1b", "https://a_b.example:65535",
	};
	static const char *const bad[] = {
		" ", "**", "* *", "https://a.example ", " https://a.example", "://a", "https:/a",
		"https:a.example", "https://:8080", "https://a b", "https://a?x", "https://a#x",
		"https://[]x", "https://[::1]x", "https://a:08080", "https://a:-1",
		"https://a\xc3",
		"file://",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (origins_find_fault(good[i]) != NULL)
			fail_msg("'%s': %s", good[i], origins_find_fault(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (origins_find_fault(bad[i]) == NULL)
			fail_msg("accepted: '%s'", bad[i]);
}

static void
only_a_star_alone_is_any(void **state)
{
	(void)state;
	assert_true(origins_are_any("*"));
	assert_false(origins_are_any(""));
	assert_false(origins_are_any("**"));
	assert_false(origins_are_any(LIST));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_origin_is_found_whole_and_in_its_own_spelling),
		cmocka_unit_test(what_a_browser_sends_is_an_origin),
		cmocka_unit_test(only_a_star_alone_is_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
