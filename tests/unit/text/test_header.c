/* test_header: parameters of a header, and labels of encodings. */
#include "text/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

/* All parameters as "name=value|", then what is left. */
static void
write_all(const char *rest, char *text)
{
	struct header_parameter parameter;

	while (header_next_parameter(&rest, &parameter))
		text += sprintf(text, "%.*s=%.*s|", (int)parameter.name_len, parameter.name,
		    (int)parameter.value_len, parameter.value);
	strcpy(text, rest);
}

static void
parameters_are_taken_one_by_one(void **state)
{
	static const struct { const char *header; const char *expected; } vectors[] = {
		{ "", "" },
		{ "; a=b", "a=b|" },
		{ ";a=b;c=d", "a=b|c=d|" },
		{ "\t ; a=b ;\tc=d ", "a=b|c=d|" },
		{ ";; ; a=b;", "a=b|" },
		{ "; a", "a=|" },
		{ "; a=", "a=|" },
		{ "; a=\"\"", "a=|" },
		{ "; a=\"b c;d=e\"; f=g", "a=b c;d=e|f=g|" },
		{ "; a=\"b\\\"c\\\\\"; d=\"\\x\"", "a=b\\\"c\\\\|d=\\x|" },
		{ "; a=b=c", "a=b=c|" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		write_all(vectors[i].header, text);
		assert_string_equal(text, vectors[i].expected);
	}
}

static void
what_cannot_be_a_parameter_is_left(void **state)
{
	static const char *const headers[] = {
		"x", " x", "; a=b c=d", "; a=\"b\"c", "; a=\"b", "; a=\"b\\\"", ", a=b",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		write_all(headers[i], text);
		if (*text == '\0' || text[strlen(text) - 1] == '|')
			fail_msg("'%s' was read: '%s'", headers[i], text);
	}
}

static void
a_value_is_compared_without_its_parameters_and_without_case(void **state)
{
	static const struct { const char *header; bool expected; const char *rest; } vectors[] = {
		{ "text/plain", true, "" },
		{ "Text/PLAIN; a=b", true, "; a=b" },
		{ "text/plain ;a=b", true, " ;a=b" },
		{ "text/plai", false, "" },
		{ "text/plainx", false, "" },
		{ "", false, "" },
	};
	const char *rest;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		assert_int_equal(header_is_value(vectors[i].header, "text/plain", &rest),
		    vectors[i].expected);
		assert_string_equal(rest, vectors[i].rest);
	}
}

static void
labels_of_utf8_and_ascii_are_known(void **state)
{
	static const struct { const char *label; bool expected; } vectors[] = {
		{ "utf-8", true }, { "UTF8", true }, { "Unicode-1-1-UTF-8", true },
		{ "unicode11utf8", true }, { "unicode20utf8", true }, { "x-unicode20utf8", true },
		{ "US-ASCII", true }, { "ascii", true }, { "ANSI_X3.4-1968", true },
		{ "", false }, { "utf-16", false }, { "utf-8x", false }, { "utf", false },
		{ "utf-7", false }, { "iso-8859-1", false }, { "latin1", false },
		{ "windows-1252", false }, { "'utf-8'", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct header_parameter charset = { "charset", 7, vectors[i].label,
			strlen(vectors[i].label) };

		if (header_is_utf8(&charset) != vectors[i].expected)
			fail_msg("'%s'", vectors[i].label);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_are_taken_one_by_one),
		cmocka_unit_test(what_cannot_be_a_parameter_is_left),
		cmocka_unit_test(a_value_is_compared_without_its_parameters_and_without_case),
		cmocka_unit_test(labels_of_utf8_and_ascii_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
