/* test_wire: what the web server says of a request. */
#include "http/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The value of `a`, or "none". */
static void
check(const char *query, const char *expected)
{
	char param[128];
	char *params[] = { param, NULL };
	const struct wire wire = { .params = params };
	char *value = NULL;

	snprintf(param, sizeof(param), "QUERY_STRING=%s", query);
	assert_int_equal(wire_query_find(&wire, "a", &value), ERR_OK);
	if (strcmp(value == NULL ? "none" : value, expected) != 0)
		fail_msg("%s: %s, and not %s", query, value == NULL ? "none" : value, expected);
	free(value);
}

static void
a_parameter_is_decoded_once(void **state)
{
	(void)state;
	check("a=b", "b");
	check("x=1&a=%2Fb%3Fc%3Dd%2526e&y", "/b?c=d%26e");
	check("%61=b+c", "b c");
	check("a=b=c", "b=c");
	check("a=", "");
	check("a", "");
}

static void
one_that_is_not_there_or_there_twice_has_no_value(void **state)
{
	(void)state;
	check("", "none");
	check("b=a&aa=b&=a", "none");
	check("a=b&a=b", "none");
	check("a=b&%61=c", "none");
	check("a=b&a", "none");
	check("a=b&a=%zz", "none");
	check("a=b&a=b&a=b", "none");
}

static void
one_that_cannot_be_decoded_has_no_value(void **state)
{
	(void)state;
	check("a=%", "none");
	check("a=%zz", "none");
	check("a=%00", "none");
	check("a=%ff", "none");
}

static void
what_apache_led_on_is_known_by_its_longest_name(void **state)
{
	static const struct { const char *params[5], *expected; } cases[] = {
		{ { "A=1" }, "1" },
		{ { "A=1", "REDIRECT_A=2" }, "2" },
		{ { "REDIRECT_REDIRECT_A=3", "REDIRECT_A=2", "A=1" }, "3" },
		{ { "REDIRECT_A=2", "REDIRECT_A=4" }, "2" },
		{ { "REDIRECT_AB=2", "REDIRECT_B=2", "HTTP_REDIRECT_A=2", "REDIRECT_A" }, "" },
		{ { NULL }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire wire = { .params = (char *const *)(uintptr_t)cases[i].params };

		assert_string_equal(wire_get_original(&wire, "A"), cases[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_apache_led_on_is_known_by_its_longest_name),
		cmocka_unit_test(a_parameter_is_decoded_once),
		cmocka_unit_test(one_that_is_not_there_or_there_twice_has_no_value),
		cmocka_unit_test(one_that_cannot_be_decoded_has_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
