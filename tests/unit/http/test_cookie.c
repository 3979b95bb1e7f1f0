/* test_cookie: what a Set-Cookie header of ours says. */
#include "http/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
a_cookie_is_closed_to_scripts_other_sites_and_plain_http(void **state)
{
	const struct cookie cookie = { .name = "__Host-Http-bearward", .value = "AZ-_09" };
	char text[COOKIE_SIZE];

	(void)state;
	assert_true(cookie_format(&cookie, text));

	assert_string_equal(text,
	    "__Host-Http-bearward=AZ-_09; Path=/; Secure; HttpOnly; SameSite=Lax");
}

static void
one_to_be_remembered_says_for_how_long(void **state)
{
	const struct cookie cookie = { .name = "a", .value = "b", .max_age = 86400 };
	char text[COOKIE_SIZE];

	(void)state;
	assert_true(cookie_format(&cookie, text));

	assert_string_equal(text, "a=b; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax");
}

static void
one_that_is_deleted_has_no_value_and_no_life(void **state)
{
	const struct cookie cookie = { .name = "a", .value = "", .max_age = 86400 };
	char text[COOKIE_SIZE];

	(void)state;
	assert_true(cookie_format(&cookie, text));

	assert_string_equal(text, "a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
}

static void
only_an_insecure_one_goes_over_plain_http(void **state)
{
	const struct cookie cookie = { .name = "a", .value = "b", .is_insecure = true };
	char text[COOKIE_SIZE];

	(void)state;
	assert_true(cookie_format(&cookie, text));

	assert_string_equal(text, "a=b; Path=/; HttpOnly; SameSite=Lax");
}

static void
nothing_in_a_name_or_a_value_makes_another_attribute_or_header(void **state)
{
	static const char *const bad[] = {
		"a;b", "a b", "a=b", "a,b", "a\r\nb", "a\"b", "\xc3\xa9",
	};
	char text[COOKIE_SIZE], long_value[COOKIE_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct cookie bad_name = { .name = bad[i], .value = "b" };
		const struct cookie bad_value = { .name = "a", .value = bad[i] };

		assert_false(cookie_format(&bad_name, text));
		assert_string_equal(text, "");
		assert_false(cookie_format(&bad_value, text));
		assert_string_equal(text, "");
	}
	assert_false(cookie_format(&(struct cookie){ .name = "", .value = "b" }, text));
	memset(long_value, 'x', COOKIE_SIZE);
	long_value[COOKIE_SIZE] = '\0';
	assert_false(cookie_format(&(struct cookie){ .name = "a", .value = long_value }, text));
	assert_string_equal(text, "");
}

static bool
finds(const char *header, const char *second, char value[4])
{
	char first[64], again[64];
	char *params[] = { first, second == NULL ? NULL : again, NULL };
	const struct wire wire = { .params = params };

	snprintf(first, sizeof(first), "HTTP_COOKIE=%s", header);
	if (second != NULL)
		snprintf(again, sizeof(again), "HTTP_COOKIE=%s", second);
	return cookie_find(&wire, "name", value, 4);
}

static void
a_cookie_is_found_by_its_exact_name(void **state)
{
	static const char *const good[] = {
		"name=abc", "name=abc;", "other=1; name=abc", "name=abc; other=1",
		"Name=xyz; name=abc", "xname=xyz;name=abc; names=xyz", "a=name=xyz; name=abc",
		";; name=abc", "names=xyz;   name=abc",
	};
	char value[4];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(finds(good[i], NULL, value));
		assert_string_equal(value, "abc");
	}
}

static void
one_that_is_repeated_or_malformed_is_none(void **state)
{
	static const char *const bad[] = {
		"", "name", "name=", "name=ab", "name=abcd", "name=ab ", "name=a,b", "name=\"a\"",
		"name=abc; name=abc", "name=abc; name=xyz", "name=abc; name=", "Name=abc",
		"name =abc", "name=abc =", "other=name=abc", "a=b;\tname=abc", "name=a\xc3\xa9",
	};
	char value[4];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(finds(bad[i], NULL, value));
		assert_string_equal(value, "");
	}
	assert_false(finds("name=abc", "name=abc", value));
	assert_false(finds("name=abc", "other=1", value));
}

static void
a_header_that_is_too_long_has_none(void **state)
{
	static char header[sizeof("HTTP_COOKIE=name=abc") + COOKIE_HEADER_MAX];
	char *params[] = { header, NULL };
	const struct wire wire = { .params = params };
	char value[4];

	(void)state;
	memset(header, ';', sizeof(header) - 1);
	memcpy(header, "HTTP_COOKIE=name=abc", sizeof("HTTP_COOKIE=name=abc") - 1);
	assert_false(cookie_find(&wire, "name", value, sizeof(value)));

	header[sizeof("HTTP_COOKIE=") - 1 + COOKIE_HEADER_MAX] = '\0';
	assert_true(cookie_find(&wire, "name", value, sizeof(value)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_is_closed_to_scripts_other_sites_and_plain_http),
		cmocka_unit_test(one_to_be_remembered_says_for_how_long),
		cmocka_unit_test(one_that_is_deleted_has_no_value_and_no_life),
		cmocka_unit_test(only_an_insecure_one_goes_over_plain_http),
		cmocka_unit_test(nothing_in_a_name_or_a_value_makes_another_attribute_or_header),
		cmocka_unit_test(a_cookie_is_found_by_its_exact_name),
		cmocka_unit_test(one_that_is_repeated_or_malformed_is_none),
		cmocka_unit_test(a_header_that_is_too_long_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
