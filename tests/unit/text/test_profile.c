/* test_profile: email addresses and display names. */
#include "text/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *text;
	const char *words;	/* that its fault has in it; NULL: it has none */
};

/* Each of these is one code point; as many as may be, and one more. */
#define TEN(x) x x x x x x x x x x
#define A_UMLAUT "\xc3\xa4"

static void
check(const char *(*find_fault)(const char *text), const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *fault = find_fault(rows[i].text);

		if ((fault == NULL) != (rows[i].words == NULL) ||
		    (fault != NULL && strstr(fault, rows[i].words) == NULL))
			fail_msg("'%s': expected %s, came %s", rows[i].text,
			    rows[i].words != NULL ? rows[i].words : "no fault",
			    fault != NULL ? fault : "no fault");
	}
}

static void
an_email_address_has_one_at_and_neither_spaces_nor_control_characters(void **state)
{
	char longest[PROFILE_EMAIL_MAX + 2];
	static const struct row rows[] = {
		{ "johndoe@example.com", NULL }, { "a@b", NULL }, { "j+d@[127.0.0.1]", NULL },
		{ A_UMLAUT "@b\xc3\xbc" "cher.example", NULL },
		{ "johndoe", "one @" }, { "@example.com", "one @" }, { "johndoe@", "one @" },
		{ "a@b@c", "one @" }, { "@", "one @" },
		{ "john doe@example.com", "a space" }, { " a@b", "a space" },
		{ "a@b\n", "a space" }, { "a\xc2\xa0@b", "a space" },
		{ "a\x01@b", "control" }, { "a@b\x7f", "control" }, { "a\xc2\x85@b", "control" },
		{ "a@b\xe2\x80\xa8", "control" }, { "a@\xe2\x80\xae" "b", "control" },
		{ "a\xff@b", "UTF-8" }, { "a@\xed\xa0\x80", "UTF-8" },
	};

	(void)state;
	check(profile_find_email_fault, rows, sizeof(rows) / sizeof(rows[0]));
	memset(longest, 'a', sizeof(longest));
	longest[1] = '@';
	longest[PROFILE_EMAIL_MAX] = '\0';
	assert_null(profile_find_email_fault(longest));
	longest[PROFILE_EMAIL_MAX] = 'a';
	longest[PROFILE_EMAIL_MAX + 1] = '\0';
	assert_non_null(strstr(profile_find_email_fault(longest), "254"));
}

static void
a_display_name_is_text_that_can_be_seen(void **state)
{
	static const struct row rows[] = {
		{ "John Doe", NULL }, { "J", NULL }, { " J ", NULL },
		{ "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", NULL },	/* joined emoji */
		{ "\xd7\x93\xd7\x95\xd7\x93", NULL },
		{ TEN(TEN(A_UMLAUT)) TEN(TEN(A_UMLAUT)), NULL },
		{ TEN(TEN(A_UMLAUT)) TEN(TEN(A_UMLAUT)) "x", "200" },
		{ " ", "only spaces" }, { "\xc2\xa0\xe3\x80\x80", "only spaces" },
		{ "a\tb", "control" }, { "a\nb", "control" }, { "\x1b[2J", "control" },
		{ "a\xe2\x81\xa6" "b", "control" }, { "a\xe2\x80\xa9", "control" },
		{ "a\xc0\x80", "UTF-8" },
	};

	(void)state;
	check(profile_find_display_name_fault, rows, sizeof(rows) / sizeof(rows[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_email_address_has_one_at_and_neither_spaces_nor_control_characters),
		cmocka_unit_test(a_display_name_is_text_that_can_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
