/* test_form: form bodies as names and values. */
#include "text/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses a heap copy of exactly the room that is promised, so that a step beyond it shows. */
static enum err
parse(const char *text, struct form *form, char **body)
{
	*body = strdup(text);
	assert_non_null(*body);
	return form_parse(*body, strlen(text), form);
}

static void
names_and_values_are_decoded(void **state)
{
	struct form form;
	char *body;

	(void)state;
	assert_int_equal(parse("user%6eame=j+d&password=%C3%A4%26%3D&x", &form, &body), ERR_OK);

	assert_string_equal(form_find(&form, "username"), "j d");
	assert_string_equal(form_find(&form, "password"), "\xc3\xa4&=");
	assert_null(form_find(&form, "x"));
	assert_null(form_find(&form, "other"));
	free(body);
}

static void
an_empty_value_counts_as_absent(void **state)
{
	struct form form;
	char *body;

	(void)state;
	assert_int_equal(parse("&scope=&&username=a&", &form, &body), ERR_OK);

	assert_null(form_find(&form, "scope"));
	assert_string_equal(form_find(&form, "username"), "a");
	free(body);
}

static void
a_value_may_contain_an_equals_sign(void **state)
{
	struct form form;
	char *body;

	(void)state;
	assert_int_equal(parse("a=b=c", &form, &body), ERR_OK);

	assert_string_equal(form_find(&form, "a"), "b=c");
	free(body);
}

static void
what_cannot_be_decoded_is_refused(void **state)
{
	static const char *const bodies[] = { "a=%", "a=%4", "a=%4g", "%zz=1", "a=%00", "a=%ff",
		"a=%c0%80", "a=\xff", "ok=1&a=%ed%a0%80" };
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		if (parse(bodies[i], &form, &body) != ERR_FORM)
			fail_msg("accepted: '%s'", bodies[i]);
		free(body);
	}
}

static void
a_repeated_name_is_refused_known_or_not(void **state)
{
	static const char *const bodies[] = { "a=1&b=2&a=1", "x&x", "a=1&%61=2", "a=&a=" };
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		if (parse(bodies[i], &form, &body) != ERR_REPEATED)
			fail_msg("accepted: '%s'", bodies[i]);
		free(body);
	}
}

static void
thirty_two_parameters_are_the_limit(void **state)
{
	char text[33 * 3 + 1];
	struct form form;
	char *body;

	(void)state;
	for (size_t i = 0; i < 33; i++) {
		text[3 * i] = (char)(i < 26 ? 'a' + i : 'A' + i - 26);
		text[3 * i + 1] = '=';
		text[3 * i + 2] = '&';
	}
	text[32 * 3] = '\0';
	assert_int_equal(parse(text, &form, &body), ERR_OK);
	free(body);
	text[32 * 3] = 'Z';
	text[33 * 3] = '\0';

	assert_int_equal(parse(text, &form, &body), ERR_FORM);

	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_values_are_decoded),
		cmocka_unit_test(an_empty_value_counts_as_absent),
		cmocka_unit_test(a_value_may_contain_an_equals_sign),
		cmocka_unit_test(what_cannot_be_decoded_is_refused),
		cmocka_unit_test(a_repeated_name_is_refused_known_or_not),
		cmocka_unit_test(thirty_two_parameters_are_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
