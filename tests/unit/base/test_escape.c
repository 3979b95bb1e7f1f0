/* test_escape: what is shown of a text can neither end a line nor steer a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/escape.h"

static void
only_what_could_do_harm_is_escaped(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} vectors[] = {
		{ "", "" },
		{ "alice", "alice" },
		{ "a b=c", "a b=c" },
		{ "a\"b\\c", "a\\x22b\\x5cc" },
		{ "\t\r\n\x1b\x7f", "\\x09\\x0d\\x0a\\x1b\\x7f" },
		{ "m\xc3\xbcller \xf0\x9f\x90\xbb", "m\xc3\xbcller \xf0\x9f\x90\xbb" },
		{ "\xc2\x9b" "31m", "\\xc2\\x9b31m" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9" },
		{ "a\u202e" "b", "a\\xe2\\x80\\xaeb" },		/* right-to-left override */
		{ "\u2066\u2069", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9" },	/* isolates */
		{ "\u200b\u200d", "\\xe2\\x80\\x8b\\xe2\\x80\\x8d" },	/* zero width */
		{ "\u00ad\ufeff", "\\xc2\\xad\\xef\\xbb\\xbf" },
		{ "\u061c\u180e\u3164", "\\xd8\\x9c\\xe1\\xa0\\x8e\\xe3\\x85\\xa4" },
		{ "\ue000\uffff", "\\xee\\x80\\x80\\xef\\xbf\\xbf" },	/* private, none */
		{ "\U000e0041", "\\xf3\\xa0\\x81\\x81" },		/* a tag */
		{ "\u0378", "\\xcd\\xb8" },				/* unassigned */
		{ "\u05d0\u4e2d\u0e01\u0301", "\u05d0\u4e2d\u0e01\u0301" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_string_equal(escape_text(vectors[i].text, out, sizeof(out)),
		    vectors[i].expected);
}

static void
a_text_is_cut_between_characters(void **state)
{
	char out[16];

	(void)state;
	assert_string_equal(escape_text("abc", out, 3), "ab");
	assert_string_equal(escape_text("a\nb", out, 5), "a");
	assert_string_equal(escape_text("a\nb", out, 6), "a\\x0a");
	assert_string_equal(escape_text("a\xc3\xbc", out, 3), "a");
	assert_string_equal(escape_text("abc", out, 1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_could_do_harm_is_escaped),
		cmocka_unit_test(a_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
