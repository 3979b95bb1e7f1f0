/* public_url: what is an address of a site, and which one counts. */
#include "config/public_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *
get(const char *public_url, const char *issuer)
{
	const struct config config = {
		.public_url = (char *)(uintptr_t)public_url, .issuer = (char *)(uintptr_t)issuer,
	};

	return public_url_get(&config);
}

static void
an_address_of_its_own_counts_before_the_issuer(void **state)
{
	(void)state;
	assert_string_equal(get("https://a.example", "https://b.example"), "https://a.example");
	assert_string_equal(get("", "https://b.example:8443/x"), "https://b.example:8443/x");
	assert_null(get("", "bearward"));
	assert_null(get("", "https://b.example/"));
}

static void
only_an_address_without_a_slash_at_its_end_is_taken(void **state)
{
	static const struct { const char *text; int is_taken; } cases[] = {
		{ "https://www.example.org", 1 }, { "http://127.0.0.1:8000", 1 },
		{ "http://[::1]:8000", 1 }, { "https://example.org/sign/in", 1 },
		{ "https://example.org/", 0 }, { "https://example.org/a/", 0 },
		{ "https://", 0 }, { "https:///a", 0 }, { "example.org", 0 },
		{ "ftp://example.org", 0 }, { "https://example.org?a", 0 },
		{ "https://user@example.org", 0 }, { "https://example.org/a b", 0 },
		{ "https://example.org/\"", 0 }, { "HTTPS://example.org", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct config config = {
			.public_url = (char *)(uintptr_t)cases[i].text, .issuer = "",
		};

		if ((public_url_find_fault(&config) == NULL) != cases[i].is_taken)
			fail_msg("%s", cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_of_its_own_counts_before_the_issuer),
		cmocka_unit_test(only_an_address_without_a_slash_at_its_end_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
