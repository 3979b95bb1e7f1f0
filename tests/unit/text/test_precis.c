/* test_precis: which names and passwords the profiles allow, and what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/precis.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

struct vector {
	const char *text;
	const char *expected;	/* NULL: refused */
};

typedef enum err profile(const char *text, char **out);

static void
check_one(profile *apply, const char *text, const char *expected)
{
	char *out = (char *)(uintptr_t)text;	/* must not be left as it was */
	enum err err = apply(text, &out);

	if (err != (expected == NULL ? ERR_REFUSED : ERR_OK))
		fail_msg("'%s': expected '%s', came error %d", text,
		    expected == NULL ? "(refused)" : expected, err);
	if (expected == NULL)
		assert_null(out);
	else
		assert_string_equal(out, expected);
	free(out);
}

static void
check_all(profile *apply, const struct vector *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_one(apply, vectors[i].text, vectors[i].expected);
}

/* What both profiles for names refuse. */
static void
check_names_refused(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_one(precis_username, names[i], NULL);
		check_one(precis_username_key, names[i], NULL);
	}
}

/* What both profiles for names leave as it is. */
static void
check_names_kept(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_one(precis_username, names[i], names[i]);
		check_one(precis_username_key, names[i], names[i]);
	}
}

/* RFC 8265, section 3.5, tables 1 and 2. */
static void
the_names_of_rfc_8265_are_kept_or_refused_as_it_says(void **state)
{
	static const char *const valid[] = {
		"juliet@example.com", "fussball", "fu\u00dfball", "\u03c0", "\u03c3", "\u03c2",
	};
	static const char *const violations[] = { "foo bar", "", "henry\u2163", "\u221e" };

	(void)state;
	check_names_kept(valid, COUNT(valid));
	check_names_refused(violations, COUNT(violations));
	check_one(precis_username, "\u03a3", "\u03a3");
	check_one(precis_username_key, "\u03a3", "\u03c3");
}

/* RFC 8265, section 4.3, tables 3 and 4. */
static void
the_passwords_of_rfc_8265_are_kept_or_refused_as_it_says(void **state)
{
	static const struct vector vectors[] = {
		{ "correct horse battery staple", "correct horse battery staple" },
		{ "Correct Horse Battery Staple", "Correct Horse Battery Staple" },
		{ "\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5" },
		{ "Jack of \u2666s", "Jack of \u2666s" },
		{ "foo\u1680bar", "foo bar" },
		{ "", NULL },
		{ "my cat is a \tby", NULL },
	};

	(void)state;
	check_all(precis_password, vectors, COUNT(vectors));
}

static void
case_and_width_make_no_other_user(void **state)
{
	static const struct vector vectors[] = {
		{ "alice", "alice" },
		{ "Alice", "alice" },
		{ "ALICE", "alice" },
		{ "\uff41\uff4c\uff49\uff43\uff45", "alice" },
		{ "\uff21\uff4c\uff49\uff43\uff45", "alice" },
		{ "\u00c9mile", "\u00e9mile" },
		{ "E\u0301mile", "\u00e9mile" },
		{ "\u0418\u0432\u0430\u043d", "\u0438\u0432\u0430\u043d" },
		{ "\u1e9e", "\u00df" },
		{ "\U00010400", "\U00010428" },
	};

	(void)state;
	check_all(precis_username_key, vectors, COUNT(vectors));
}

static void
a_shown_name_keeps_its_case_but_not_its_width(void **state)
{
	static const struct vector vectors[] = {
		{ "Alice", "Alice" },
		{ "\uff21\uff4c\uff49\uff43\uff45", "Alice" },
		{ "\uff11\uff12\uff0d\uff3f", "12-_" },
		{ "E\u0301mile", "\u00c9mile" },
		/* Halfwidth KA and its voicing mark are one letter after NFC. */
		{ "\uff76\uff9e", "\u30ac" },
		{ "\u0130stanbul", "\u0130stanbul" },
	};

	(void)state;
	check_all(precis_username, vectors, COUNT(vectors));
}

static void
a_capital_i_with_dot_and_a_final_sigma_map_to_what_stays(void **state)
{
	static const struct vector vectors[] = {
		{ "\u0130stanbul", "i\u0307stanbul" },
		{ "i\u0307stanbul", "i\u0307stanbul" },
		{ "I", "i" },
		{ "\u0131", "\u0131" },
		{ "\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2" },
		{ "\u03bf\u03b4\u03bf\u03c2", "\u03bf\u03b4\u03bf\u03c2" },
		{ "\u03bf\u03b4\u03bf\u03c3", "\u03bf\u03b4\u03bf\u03c3" },
		{ "\u03a3\u03a9", "\u03c3\u03c9" },
	};

	(void)state;
	check_all(precis_username_key, vectors, COUNT(vectors));
}

static void
marks_are_put_into_their_order(void **state)
{
	static const struct vector vectors[] = {
		{ "a\u0301\u0323", "\u1ea1\u0301" },
		{ "a\u0323\u0301", "\u1ea1\u0301" },
		{ "\u1ea1\u0301", "\u1ea1\u0301" },
	};

	(void)state;
	check_all(precis_username, vectors, COUNT(vectors));
	check_all(precis_username_key, vectors, COUNT(vectors));
	check_all(precis_password, vectors, COUNT(vectors));
}

/* A file system, or a keyboard, may give any of them. */
static void
a_text_is_judged_in_its_normal_form(void **state)
{
	static const struct vector vectors[] = {
		{ "\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00" },
		{ "\u212bngstro\u0308m", "\u00c5ngstr\u00f6m" },
		{ "\u0958", "\u0915\u093c" },
		{ "\uf900", "\u8c48" },
		{ "l\u0387l", "l\u00b7l" },
	};

	(void)state;
	check_all(precis_username, vectors, COUNT(vectors));
	check_all(precis_password, vectors, COUNT(vectors));
	check_one(precis_username_key, "\u212b", "\u00e5");
	check_one(precis_username_key, "\u1100\u1161", "\uac00");
}

static void
names_have_no_spaces_symbols_controls_or_compatibility_forms(void **state)
{
	static const char *const names[] = {
		" ", " alice", "alice ", "a\tb", "a\nb", "a\x7f", "a\xc2\x85",
		"a\u00a0b", "a\u3000b", "a\u1680b",		/* spaces */
		"\u2666", "\u20ac", "\u00a9", "\U0001f43b",	/* symbols */
		"\u2014", "\u00bf", "\u201cq\u201d",		/* punctuation */
		"\u2163", "\ufb01x", "\u00b2", "\u01c5", "\u1fbc",
		"\uffe3", "\u3131",				/* compatibility forms */
		"\u16ee", "\u00bd", "\u20dd",			/* other letters, digits, marks */
		"\u1161\u1100", "\ua960", "\ud7b0",		/* jamo that make no syllable */
		"\u0640", "\u07fa", "\u302e", "\u3031", "\u303b",	/* exceptions */
	};

	(void)state;
	check_names_refused(names, COUNT(names));
}

static void
what_cannot_be_seen_or_is_not_assigned_is_refused_everywhere(void **state)
{
	static const char *const texts[] = {
		"a\u00ad", "a\u034f", "a\u200b", "a\u200e", "a\u202eb", "a\u2066", "a\ufeff",
		"\u115f", "\u3164", "\uffa0", "a\ufe0f", "a\U000e0041",
		"\u0378", "\U0001fffd", "\U000e0000",		/* unassigned */
		"\ufdd0", "\uffff", "\U0010ffff",		/* never will be */
		"\ue000", "\U000f0000",				/* private use */
		"\u2028", "\u2029", "\xc2\x80", "\x01", "\x1b[2J", "\r\n",
		"\u1161\u1100",
	};

	(void)state;
	check_names_refused(texts, COUNT(texts));
	for (size_t i = 0; i < COUNT(texts); i++)
		check_one(precis_password, texts[i], NULL);
}

static void
the_exceptions_and_all_of_printable_ascii_are_allowed(void **state)
{
	static const char *const names[] = {
		"!\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
		"\u00df", "\u03c2", "\u0f0b", "\u3007", "\u06fd", "\u06fe",
	};

	(void)state;
	/* U+06FD and U+06FE are Arabic letters to the Bidi Rule. */
	check_names_kept(names, COUNT(names));
}

static void
a_password_may_have_spaces_symbols_and_compatibility_forms(void **state)
{
	static const struct vector vectors[] = {
		{ " ", " " },
		{ " a  b ", " a  b " },
		{ "a\u00a0b\u2003c\u3000d", "a b c d" },
		{ "\u20ac\u2666\U0001f43b", "\u20ac\u2666\U0001f43b" },
		{ "\u201cq\u201d \u2014 \u00bf?", "\u201cq\u201d \u2014 \u00bf?" },
		{ "\uff21\u2163\ufb01\u00b2", "\uff21\u2163\ufb01\u00b2" },
		{ "\u01c5\u00bd\u20dd", "\u01c5\u00bd\u20dd" },
		{ "\u212b", "\u00c5" },
		{ "e\u0301", "\u00e9" },
		{ "\u05d0a1", "\u05d0a1" },
	};

	(void)state;
	check_all(precis_password, vectors, COUNT(vectors));
}

static void
a_text_that_its_normal_form_makes_invalid_is_refused(void **state)
{
	(void)state;

	/* U+0387 becomes a middle dot, which may stand between two l and nowhere else. */
	check_one(precis_password, "a\u0387b", NULL);
	check_one(precis_password, "l\u0387l", "l\u00b7l");
}

/* RFC 5892, appendix A; what is said of names holds for passwords. */
static void
check_in_context(const char *const *allowed, size_t allowed_count, const char *const *refused,
    size_t refused_count)
{
	check_names_kept(allowed, allowed_count);
	check_names_refused(refused, refused_count);
	for (size_t i = 0; i < allowed_count; i++)
		check_one(precis_password, allowed[i], allowed[i]);
	for (size_t i = 0; i < refused_count; i++)
		check_one(precis_password, refused[i], NULL);
}

static void
joiners_stand_after_a_virama_or_between_joining_letters(void **state)
{
	static const char *const allowed[] = {
		"\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d", "\u0915\u094d\u200c\u0937",
		"\u0628\u200c\u0628", "\u0628\u064e\u200c\u064e\u0628", "\u0628\u200c\u0627",
	};
	static const char *const refused[] = {
		"\u200d", "\u200c", "a\u200db", "a\u200cb", "\u200d\u094d", "\u0915\u200d\u0937",
		"\u0628\u200d\u0628", "\u0628\u200c", "\u200c\u0628", "\u0627\u200c\u0628",
		"\u0628\u064e\u200c", "\u064e\u200c\u0628", "\u0628\u200c\u200c\u0628",
		"\U0001f468\u200d\U0001f469",
	};

	(void)state;
	check_in_context(allowed, COUNT(allowed), refused, COUNT(refused));
}

static void
punctuation_that_belongs_to_a_script_stands_in_it_alone(void **state)
{
	static const char *const allowed[] = {
		"l\u00b7l", "col\u00b7legi", "\u0375\u03b1", "\u05d0\u05f3", "\u05d0\u05f4\u05d1",
		"\u30ab\u30fb\u30ab", "a\u30fb\u304b", "\u30fb\u6f22", "\u30fb\u30fb\u30ab",
	};
	static const char *const refused[] = {
		"\u00b7", "a\u00b7b", "l\u00b7", "\u00b7l", "l\u00b7a", "\u0375", "\u0375a",
		"\u03b1\u0375", "\u05f3", "a\u05f3", "\u05f3\u05d0", "\u05f4\u05d0", "\u30fb",
		"a\u30fbb", "\u30fb\u30fc",
	};

	(void)state;
	check_in_context(allowed, COUNT(allowed), refused, COUNT(refused));
}

static void
the_two_series_of_arabic_digits_do_not_mix(void **state)
{
	static const char *const allowed[] = {
		"\u0627\u0661\u0662", "\u06f1\u06f2", "a\u06f1", "\u0627\u06f1",
	};
	static const char *const refused[] = {
		"\u0627\u0661\u06f1", "\u0627\u06f9\u0660", "\u06f0\u0627\u0669",
	};

	(void)state;
	check_in_context(allowed, COUNT(allowed), refused, COUNT(refused));
}

/* RFC 5893, section 2. */
static void
names_with_right_to_left_letters_follow_the_bidi_rule(void **state)
{
	static const char *const allowed[] = {
		"\u05d0\u05d1\u05d2", "\u05d0", "\u0627\u0628", "\u05d01", "\u05d0-1",
		"\u05d0\u05b0", "\u0627\u0661", "\u05d01\u05b0",
	};
	static const char *const refused[] = {
		"1\u05d0", "\u06611",			/* 1: begins with neither L, R nor AL */
		"\u0661",
		"\u05b0\u05d0",
		"-\u05d0",
		"\u05d0a", "\u05d0a\u05d1",		/* 2: L among R */
		"\u05d0-", "\u05d0.", "\u05d0-\u05b0",	/* 3: the wrong end */
		"\u06271\u0661",			/* 4: both kinds of numbers */
		"a\u05d0", "a\u05d0b", "a\u0661",	/* 5: R or AN among L */
	};

	(void)state;
	check_names_kept(allowed, COUNT(allowed));
	check_names_refused(refused, COUNT(refused));
}

static void
direction_is_no_matter_in_a_password(void **state)
{
	static const struct vector vectors[] = {
		{ "1\u05d0a-", "1\u05d0a-" },
		{ "abc \u0627\u0661", "abc \u0627\u0661" },
	};

	(void)state;
	check_all(precis_password, vectors, COUNT(vectors));
}

static void
what_is_refused_is_told_by_its_kind(void **state)
{
	static const struct { const char *text; const char *words; uint32_t code_point; }
	vectors[] = {
		{ "a\tb", "control", 0x09 },
		{ "\u2764\ufe0f", "variation selector", 0xfe0f },
		{ "\U0001f469\u200d\U0001f467", "joiner", 0x200d },
		{ "a\u200cb", "non-joiner", 0x200c },
		{ "\U0001f3f4\U000e0067\U000e007f", "tag", 0xe0067 },
		{ "\U0001fffd", "new emoji", 0x1fffd },
		{ "\uffff", "no character", 0xffff },
		{ "a\u200b", "invisible", 0x200b },
		{ "\u0600", "invisible", 0x0600 },
		{ "\ue000", "private", 0xe000 },
		{ "\u2028", "line separator", 0x2028 },
		{ "a\u30fb", "punctuation", 0x30fb },
		{ "\u0640", "letter", 0x0640 },
		{ "\u0627\u0661\u06f1", "digit", 0x0661 },
		{ "", "no characters", 0 },
		{ "\xff", "UTF-8", 0 },
	};
	struct precis_refusal refusal;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		assert_int_equal(precis_explain_password(vectors[i].text, &refusal), ERR_REFUSED);
		if (strstr(refusal.words, vectors[i].words) == NULL ||
		    refusal.code_point != vectors[i].code_point)
			fail_msg("'%s': came U+%04x, '%s'", vectors[i].text, refusal.code_point,
			    refusal.words);
	}
	assert_int_equal(precis_explain_password("a \u2764 b", &refusal), ERR_OK);
	assert_string_equal(refusal.words, "");
}

static void
names_tell_of_kinds_that_only_passwords_have(void **state)
{
	static const struct { const char *text; const char *words; uint32_t code_point; }
	vectors[] = {
		{ "a b", "a space", 0x20 },
		{ "a\u2603", "symbol", 0x2603 },
		{ "a\u2013b", "punctuation", 0x2013 },
		{ "\ufb01x", "ligature", 0xfb01 },
		{ "\u16ee", "letter", 0x16ee },
		{ "abc\u05d0", "one direction", 0 },
	};
	struct precis_refusal refusal;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		assert_int_equal(precis_explain_username(vectors[i].text, &refusal), ERR_REFUSED);
		if (strstr(refusal.words, vectors[i].words) == NULL ||
		    refusal.code_point != vectors[i].code_point)
			fail_msg("'%s': came U+%04x, '%s'", vectors[i].text, refusal.code_point,
			    refusal.words);
	}
}

static void
what_is_not_utf8_is_refused(void **state)
{
	static const char *const texts[] = {
		"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe9mile",
	};

	(void)state;
	check_names_refused(texts, COUNT(texts));
	for (size_t i = 0; i < COUNT(texts); i++)
		check_one(precis_password, texts[i], NULL);
}

/* Whatever a profile makes of a text, it must not make something else of that. */
static void
check_idempotent(profile *apply, const char *text)
{
	char *once, *twice;

	if (apply(text, &once) != ERR_OK)
		return;
	if (apply(once, &twice) != ERR_OK)
		fail_msg("'%s' became '%s', which is refused", text, once);
	assert_string_equal(once, twice);
	free(once);
	free(twice);
}

static void
applying_a_profile_again_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"Alice", "\uff21\uff4c\uff49\uff43\uff45", "\u0130I\u0131i", "\u039f\u03a3\u03a3",
		"\u03a3\u0301\u03a3", "E\u0301\u0323", "\u1e9eSS\u00df",
		"\uff76\uff9e\uff8a\uff9f",
		"L\u00b7L", "l\u00b7l", "\u13a0\uab70", "\u10a0\u1c90", "\u1f88", "\u0391\u0345",
		"\u00c5ngstr\u00f6m", "\u1112\u1161\u11ab", "\ud55c\uae00", "\u0344", "\u0387",
		"\U0001d15e", "\ufb2c", "\u0627\u0653", "\u0915\u093c", "\u05d0\u05b7\u05bc",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		check_idempotent(precis_username, texts[i]);
		check_idempotent(precis_username_key, texts[i]);
		check_idempotent(precis_password, texts[i]);
	}
}

static void
a_name_and_what_is_shown_of_it_have_one_key(void **state)
{
	static const char *const names[] = {
		"Alice", "\uff21\uff4c\uff49\uff43\uff45", "\u0130stanbul",
		"\u039f\u0394\u039f\u03a3", "E\u0301mile", "\uff76\uff9e",
		"\u1e9e", "\u05d0\u05d1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char *shown, *key, *key_of_shown;

		assert_int_equal(precis_username(names[i], &shown), ERR_OK);
		assert_int_equal(precis_username_key(names[i], &key), ERR_OK);
		assert_int_equal(precis_username_key(shown, &key_of_shown), ERR_OK);

		assert_string_equal(key_of_shown, key);
		free(shown);
		free(key);
		free(key_of_shown);
	}
}

static void
a_text_that_grows_on_the_way_has_room(void **state)
{
	/* U+1D160 is three code points in NFC, U+FB2C, too; U+0130 is two in lower case. */
	static const struct vector vectors[] = {
		{ "\U0001d160", "\U0001d158\U0001d165\U0001d16e" },
		{ "\ufb2c\ufb2c", "\u05e9\u05bc\u05c1\u05e9\u05bc\u05c1" },
	};
	char text[2 * 300 + 1] = "", expected[3 * 300 + 1] = "";

	(void)state;
	check_all(precis_password, vectors, COUNT(vectors));
	for (size_t i = 0; i < 300; i++) {
		strcat(text, "\u0130");
		strcat(expected, "i\u0307");
	}
	check_one(precis_username_key, text, expected);
}

static void
any_text_has_its_two_normal_forms(void **state)
{
	static const struct { const char *text, *composed, *decomposed; } rows[] = {
		{ "", "", "" },
		{ "a\tb", "a\tb", "a\tb" },
		{ "cr\u00e8me", "cr\u00e8me", "cre\u0300me" },
		{ "cre\u0300me", "cr\u00e8me", "cre\u0300me" },
		{ "\ud55c", "\ud55c", "\u1112\u1161\u11ab" },
		/* What is longest in NFD: four code points of one. */
		{ "\u1f82\u1f82", "\u1f82\u1f82", "\u03b1\u0313\u0300\u0345"
		    "\u03b1\u0313\u0300\u0345" },
		/* Neither maps what only looks alike. */
		{ "\uff41\u00a0", "\uff41\u00a0", "\uff41\u00a0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_one(precis_compose, rows[i].text, rows[i].composed);
		check_one(precis_decompose, rows[i].text, rows[i].decomposed);
	}
	check_one(precis_compose, "\xff", NULL);
	check_one(precis_decompose, "\xff", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_names_of_rfc_8265_are_kept_or_refused_as_it_says),
		cmocka_unit_test(the_passwords_of_rfc_8265_are_kept_or_refused_as_it_says),
		cmocka_unit_test(case_and_width_make_no_other_user),
		cmocka_unit_test(a_shown_name_keeps_its_case_but_not_its_width),
		cmocka_unit_test(a_capital_i_with_dot_and_a_final_sigma_map_to_what_stays),
		cmocka_unit_test(marks_are_put_into_their_order),
		cmocka_unit_test(names_have_no_spaces_symbols_controls_or_compatibility_forms),
		cmocka_unit_test(what_cannot_be_seen_or_is_not_assigned_is_refused_everywhere),
		cmocka_unit_test(the_exceptions_and_all_of_printable_ascii_are_allowed),
		cmocka_unit_test(a_password_may_have_spaces_symbols_and_compatibility_forms),
		cmocka_unit_test(a_text_that_its_normal_form_makes_invalid_is_refused),
		cmocka_unit_test(joiners_stand_after_a_virama_or_between_joining_letters),
		cmocka_unit_test(punctuation_that_belongs_to_a_script_stands_in_it_alone),
		cmocka_unit_test(the_two_series_of_arabic_digits_do_not_mix),
		cmocka_unit_test(names_with_right_to_left_letters_follow_the_bidi_rule),
		cmocka_unit_test(direction_is_no_matter_in_a_password),
		cmocka_unit_test(a_text_is_judged_in_its_normal_form),
		cmocka_unit_test(what_is_refused_is_told_by_its_kind),
		cmocka_unit_test(names_tell_of_kinds_that_only_passwords_have),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(applying_a_profile_again_changes_nothing),
		cmocka_unit_test(a_name_and_what_is_shown_of_it_have_one_key),
		cmocka_unit_test(a_text_that_grows_on_the_way_has_room),
		cmocka_unit_test(any_text_has_its_two_normal_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
