/* test_return_address: an address of ours is followed as it came, and no other. */
#include "http/return_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ORIGINS "https://app.example.org http://localhost:3000"

static void
a_path_of_our_own_host_is_followed(void **state)
{
	static const char *const paths[] = {
		"/", "/a", "/private/report.html?a=b&c=%2F#d", "/a//b", "/./a", "/.//a",
		"/a/https://evil.example/", "/?//evil.example", "/@evil.example",
		"/%5cevil.example",
		"/%09/evil.example", "/r\xc3\xa9sum\xc3\xa9",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!return_address_is_allowed(paths[i], ""))
			fail_msg("refused: %s", paths[i]);
}

static void
nothing_that_a_browser_reads_as_another_host_is_followed(void **state)
{
	static const char *const others[] = {
		"", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
		"/\t/evil.example", "/\n/evil.example", "\t//evil.example", " /a", "/a b", "/\x7f",
		"/a\\b", "https:evil.example", "https:/evil.example", "https://evil.example/",
		"http://localhost/", "javascript:alert(1)", "data:text/html,", "evil.example", "a",
		"?a", "#a", "./a", "@evil.example", "//", "https://app.example.org/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (return_address_is_allowed(others[i], ""))
			fail_msg("followed: %s", others[i]);
}

static void
a_listed_origin_is_followed_to_its_end_or_its_slash(void **state)
{
	static const struct { const char *address; bool is_allowed; } cases[] = {
		{ "https://app.example.org", true },
		{ "https://app.example.org/", true },
		{ "https://app.example.org//evil.example", true },
		{ "http://localhost:3000/a?b", true },
		{ "https://app.example.org.evil.example/", false },
		{ "https://app.example.org:444/", false },
		{ "https://app.example.org@evil.example/", false },
		{ "https://app.example.org?a", false },
		{ "https://app.example.org\\@evil.example/", false },
		{ "https://app.example.org/\tx", false },
		{ "https://APP.example.org/", false },
		{ "http://app.example.org/", false },
		{ "http://localhost:30001/", false },
		{ "http://localhost/", false },
		{ "https://app.example.or", false },
		{ " ", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (return_address_is_allowed(cases[i].address, ORIGINS) != cases[i].is_allowed)
			fail_msg("%s: %s", cases[i].address, cases[i].is_allowed ? "refused" :
			    "followed");
}

static void
an_address_is_followed_up_to_2048_bytes(void **state)
{
	char address[RETURN_ADDRESS_LEN_MAX + 2];

	(void)state;
	memset(address, 'a', sizeof(address));
	address[0] = '/';
	address[RETURN_ADDRESS_LEN_MAX] = '\0';
	assert_true(return_address_is_allowed(address, ""));

	address[RETURN_ADDRESS_LEN_MAX] = 'a';
	address[RETURN_ADDRESS_LEN_MAX + 1] = '\0';
	assert_false(return_address_is_allowed(address, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_of_our_own_host_is_followed),
		cmocka_unit_test(nothing_that_a_browser_reads_as_another_host_is_followed),
		cmocka_unit_test(a_listed_origin_is_followed_to_its_end_or_its_slash),
		cmocka_unit_test(an_address_is_followed_up_to_2048_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
