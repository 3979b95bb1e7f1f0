/* test_json: which texts are JSON, and what is read from them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"
#include "text/json.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

struct text {
	const char *data;
	size_t len;
};

/* A literal with its length, which may hold NUL. */
#define TEXT(literal) { (literal), sizeof(literal) - 1 }

/* Reads a copy of the exact size without NUL, so that a sanitizer sees a read past the end. */
static enum err
parse(const char *text, size_t len, struct json_object **value)
{
	char *copy = malloc(len + 1);
	enum err err;

	assert_non_null(copy);
	memcpy(copy + 1, text, len);
	*value = (struct json_object *)(uintptr_t)copy;	/* must not be left as it was */
	err = json_parse(copy + 1, len, value);
	free(copy);
	return err;
}

static void
check_all(const struct text *vectors, size_t count, enum err expected)
{
	for (size_t i = 0; i < count; i++) {
		struct json_object *value;
		enum err err = parse(vectors[i].data, vectors[i].len, &value);

		if (err != expected)
			fail_msg("%zu: '%s': expected %d, came %d", i, vectors[i].data, expected,
			    err);
		if (err != ERR_OK)
			assert_null(value);
		json_object_put(value);
	}
}

static void
well_formed_values_are_read(void **state)
{
	static const struct text vectors[] = {
		TEXT("{}"),
		TEXT("[]"),
		TEXT("{\"username\":\"johndoe\",\"password\":\"secret\"}"),
		TEXT(" \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } }\n"),
		TEXT("[ ]"),
		TEXT("[[]   ]"),
		TEXT("[\"\"]"),
		TEXT("{\"\":0}"),
		TEXT("[1,null,true,false,\"x\",{},[]]"),
		TEXT("\"\""),
		TEXT("\" \""),
		TEXT("42"),
		TEXT("-1 "),
		TEXT("true"),
		TEXT("false"),
		TEXT("null"),
		TEXT("null "),
		TEXT("\"asd\"\n"),
		TEXT("{} \t\n\r"),
		TEXT("[1]\r\n"),
		TEXT("1.5 \n"),
		TEXT("{\"ren\xc3\xa9" "e\":\"\xe7\x86\x8a\"}"),
		TEXT("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}"),
		TEXT("[{\"a\":1},{\"a\":1}]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_OK);
}

static void
every_spelling_of_a_number_is_read(void **state)
{
	static const struct text vectors[] = {
		TEXT("0"),
		TEXT("-0"),
		TEXT("[-0]"),
		TEXT("[0e1]"),
		TEXT("[0e+1]"),
		TEXT("[-0.0]"),
		TEXT("[20e1]"),
		TEXT("[1E22]"),
		TEXT("[1E-2]"),
		TEXT("[1E+2]"),
		TEXT("[123.456e78]"),
		TEXT("[-123.456789]"),
		TEXT("[1e400]"),
		TEXT("[-1e-400]"),
		TEXT("[100000000000000000000000000000000]"),
		TEXT("[-100000000000000000000000000000000]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_OK);
}

static void
strings_are_read_as_they_were_meant(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} vectors[] = {
		{ "\"plain\"", "plain" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u0061\\u0030\"", "a0" },
		{ "\"\\u00e9\\u20AC\"", "\xc3\xa9\xe2\x82\xac" },
		{ "\"\\ud83d\\udc3b\"", "\xf0\x9f\x90\xbb" },
		{ "\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf" },
		{ "\"\\ud800\\udc00\"", "\xf0\x90\x80\x80" },
		{ "\"\\uD7FF\\uE000\"", "\xed\x9f\xbf\xee\x80\x80" },
		{ "\"\\uFFFF\\uFFFE\\uFEFF\"", "\xef\xbf\xbf\xef\xbf\xbe\xef\xbb\xbf" },
		{ "\"\\u0001\\u001f\"", "\x01\x1f" },
		{ "\"\\\\u0000\"", "\\u0000" },
		{ "\"\\\\ud800\"", "\\ud800" },
		{ "\"\xc3\xa9\xf0\x9f\x90\xbb\"", "\xc3\xa9\xf0\x9f\x90\xbb" },
		{ "\"\xef\xbb\xbf\"", "\xef\xbb\xbf" },
		{ "\"\x7f\"", "\x7f" },
		{ "\"/*a*/ [,:{\"", "/*a*/ [,:{" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct json_object *value;

		if (parse(vectors[i].text, strlen(vectors[i].text), &value) != ERR_OK)
			fail_msg("%s: refused", vectors[i].text);
		assert_true(json_object_is_type(value, json_type_string));
		assert_string_equal(json_object_get_string(value), vectors[i].expected);
		assert_int_equal(json_object_get_string_len(value), strlen(vectors[i].expected));
		json_object_put(value);
	}
}

/* Appends a character as UTF-8. Not with the library's means: those are under test. */
static char *
put_utf8(char *end, unsigned int c)
{
	if (c < 0x80) {
		*end++ = (char)c;
		return end;
	}
	if (c < 0x800) {
		*end++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*end++ = (char)(0xe0 | c >> 12);
		*end++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*end++ = (char)(0xf0 | c >> 18);
		*end++ = (char)(0x80 | (c >> 12 & 0x3f));
		*end++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*end++ = (char)(0x80 | (c & 0x3f));
	return end;
}

/* Escapes count characters from first on, all of them in one string, and reads that. */
static void
check_escapes(unsigned int first, unsigned int count)
{
	char text[12 * 1024 + 3], expected[4 * 1024 + 1];
	char *end = text, *expected_end = expected;
	struct json_object *value;

	*end++ = '"';
	for (unsigned int c = first; c < first + count; c++) {
		if (c < 0x10000)
			end += sprintf(end, "\\u%04x", c);
		else
			end += sprintf(end, "\\u%04x\\u%04X", 0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + (c & 0x3ff));
		expected_end = put_utf8(expected_end, c);
	}
	*end++ = '"';
	*expected_end = '\0';

	if (parse(text, (size_t)(end - text), &value) != ERR_OK)
		fail_msg("a text from U+%04X on: refused", first);
	if (strcmp(json_object_get_string(value), expected) != 0)
		fail_msg("a text from U+%04X on: is another", first);
	json_object_put(value);
}

static void
every_surrogate_pair_is_the_character_that_it_stands_for(void **state)
{
	(void)state;
	for (unsigned int first = 0x10000; first < 0x110000; first += 1024)
		check_escapes(first, 1024);
}

static void
every_other_escape_is_the_character_that_it_stands_for(void **state)
{
	(void)state;
	check_escapes(1, 1023);
	for (unsigned int first = 1024; first < 0x10000; first += 1024)
		if (first < 0xd800 || first > 0xdfff)
			check_escapes(first, 1024);
}

static void
members_are_found_by_the_name_that_was_meant(void **state)
{
	static const char text[] =
	    "{\"n\\u0061me\":\"bear\",\"age\":7,\"ratio\":0.5,\"none\":null}";
	struct json_object *value, *member;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &value), ERR_OK);

	assert_int_equal(json_object_object_length(value), 4);
	assert_true(json_object_object_get_ex(value, "name", &member));
	assert_string_equal(json_object_get_string(member), "bear");
	assert_true(json_object_object_get_ex(value, "age", &member));
	assert_int_equal(json_object_get_int(member), 7);
	assert_true(json_object_object_get_ex(value, "ratio", &member));
	assert_true(fabs(json_object_get_double(member) - 0.5) < 1e-9);
	assert_true(json_object_object_get_ex(value, "none", &member));
	assert_null(member);
	json_object_put(value);
}

static void
malformed_structure_is_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT(""),
		TEXT(" "),
		TEXT("\n"),
		TEXT("["),
		TEXT("[1"),
		TEXT("[1,"),
		TEXT("[\"\": 1]"),
		TEXT("[\"\"],"),
		TEXT("[,1]"),
		TEXT("[1,,2]"),
		TEXT("[1,]"),
		TEXT("[,]"),
		TEXT("[1,,]"),
		TEXT("[x"),
		TEXT("[1 true]"),
		TEXT("[1true]"),
		TEXT("[3[4]]"),
		TEXT("[1:2]"),
		TEXT("[\"a\" \"b\"]"),
		TEXT("[1}"),
		TEXT("]"),
		TEXT("}"),
		TEXT(","),
		TEXT(":"),
		TEXT("{"),
		TEXT("{]"),
		TEXT("{,}"),
		TEXT("{[: \"x\"}"),
		TEXT("{\"x\", null}"),
		TEXT("{\"x\"::\"b\"}"),
		TEXT("{\"a\":\"a\" 123}"),
		TEXT("{\"a\" b}"),
		TEXT("{:\"b\"}"),
		TEXT("{\"a\""),
		TEXT("{\"a\":"),
		TEXT("{\"a\":\"b\""),
		TEXT("{\"a\" \"b\"}"),
		TEXT("{\"a\":}"),
		TEXT("{\"a\":0,}"),
		TEXT("{\"a\":0,,}"),
		TEXT("{\"a\":0,,\"b\":1}"),
		TEXT("{1:1}"),
		TEXT("{true:1}"),
		TEXT("{a:\"b\"}"),
		TEXT("{'a':0}"),
		TEXT("['a']"),
		TEXT("'a'"),
		TEXT("{\"a\":'b'}"),
		TEXT("<.>"),
		TEXT("[<null>]"),
		TEXT("*"),
		TEXT("username=johndoe"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
trailing_data_and_comments_are_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("{}{}"),
		TEXT("{} {}"),
		TEXT("{}}"),
		TEXT("[]]"),
		TEXT("[1]x"),
		TEXT("1 2"),
		TEXT("{\"a\":true} \"x\""),
		TEXT("{\"a\":\"b\"}#"),
		TEXT("{\"a\":\"b\"}/**/"),
		TEXT("{\"a\":\"b\"}//"),
		TEXT("/**/{}"),
		TEXT("[/* one */ 1]"),
		TEXT("[1 // one\n]"),
		TEXT("[\"a\"#comment\n]"),
		TEXT("null,"),
		TEXT("\"a\"\"b\""),
		TEXT("1,"),
		TEXT("1.5x"),
		TEXT("1 /**/"),
		TEXT("null /**/"),
		TEXT("\"a\" //"),
		TEXT("{/**/}"),
		TEXT("{\"a\"/**/:1}"),
		TEXT("{\"a\":/**/1}"),
		TEXT("{\"a\":1 // one\n}"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
misspelt_numbers_are_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("[-]"),
		TEXT("-"),
		TEXT("[+1]"),
		TEXT("[++1234]"),
		TEXT("[--1]"),
		TEXT("[- 1]"),
		TEXT("[-01]"),
		TEXT("[-2.]"),
		TEXT("[-.123]"),
		TEXT("[.2e-3]"),
		TEXT("[.-1]"),
		TEXT("[0.1.2]"),
		TEXT("[0.3e]"),
		TEXT("[0.3e+]"),
		TEXT("[0.e1]"),
		TEXT("[0E]"),
		TEXT("[0E+]"),
		TEXT("[1.0e-]"),
		TEXT("[1eE2]"),
		TEXT("[1e+-2]"),
		TEXT("[1.]"),
		TEXT("1."),
		TEXT("1e"),
		TEXT("[012]"),
		TEXT("[00]"),
		TEXT("00"),
		TEXT("[1 000]"),
		TEXT("[0x1]"),
		TEXT("[0x42]"),
		TEXT("[1+2]"),
		TEXT("[1_000]"),
		TEXT("1e-"),
		TEXT("1E+ "),
		TEXT("[-"),
		TEXT("01"),
		TEXT("-00"),
		TEXT("[1.5.5]"),
		TEXT("[1-]"),
		TEXT("[1e5.5]"),
		TEXT("[1a]"),
		TEXT("[1.8011670033376514H-308]"),
		TEXT("[\xef\xbc\x91]"),
		TEXT("[\xd9\xa1]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
misspelt_literals_are_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("nul"),
		TEXT("[nul]"),
		TEXT("[tru]"),
		TEXT("[fals]"),
		TEXT("[True]"),
		TEXT("[TRUE]"),
		TEXT("FALSE"),
		TEXT("Null"),
		TEXT("nullx"),
		TEXT("[truefalse]"),
		TEXT("[NaN]"),
		TEXT("NaN"),
		TEXT("[-NaN]"),
		TEXT("[nan]"),
		TEXT("[Infinity]"),
		TEXT("Infinity"),
		TEXT("[-Infinity]"),
		TEXT("[Inf]"),
		TEXT("[undefined]"),
		TEXT("NaN"),
		TEXT("-Infinity"),
		TEXT("-I"),
		TEXT("[nULL]"),
		TEXT("[tRuE]"),
		TEXT("aå"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
malformed_strings_are_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("\""),
		TEXT("\"a"),
		TEXT("[\"a"),
		TEXT("\"\\"),
		TEXT("\"\\\""),
		TEXT("[\"\\\"]"),
		TEXT("[\"\\x00\"]"),
		TEXT("[\"\\a\"]"),
		TEXT("[\"\\'\"]"),
		TEXT("[\"\\U0041\"]"),
		TEXT("[\"\\\t\"]"),
		TEXT("[\"\\\n\"]"),
		TEXT("[\"\\\xe5\"]"),
		TEXT("[\"\\\xf0\x9f\x8c\x80\"]"),
		TEXT("[\"\\u\"]"),
		TEXT("[\"\\u00A\"]"),
		TEXT("[\"\\u00G0\"]"),
		TEXT("[\"\\u+041\"]"),
		TEXT("[\"\\u 041\"]"),
		TEXT("\"\\u004"),
		TEXT("\"\\u0041"),
		TEXT("[\"a\nb\"]"),
		TEXT("[\"a\tb\"]"),
		TEXT("[\"a\rb\"]"),
		TEXT("[\"\x1f\"]"),
		TEXT("[\"\x01\"]"),
		TEXT("{\"a\nb\":1}"),
		TEXT("{\"a\\x\":1}"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
nul_is_refused_raw_and_escaped(void **state)
{
	static const struct text vectors[] = {
		TEXT("\0"),
		TEXT("{}\0"),
		TEXT("1\0"),
		TEXT("123\0abc"),
		TEXT("[1]\0[2]"),
		TEXT("\"a\0b\""),
		TEXT("[\"\0\"]"),
		TEXT("[\"\\u\0" "041\"]"),
		TEXT("\"\\\0\""),
		TEXT("\"\\u0000\""),
		TEXT("\"a\\u0000b\""),
		TEXT("{\"a\\u0000\":1}"),
		TEXT("{\"password\":\"secret\\u0000x\"}"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
half_a_surrogate_pair_is_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("\"\\ud800\""),
		TEXT("\"\\udbff\""),
		TEXT("\"\\udc00\""),
		TEXT("\"\\udfff\""),
		TEXT("\"\\ud800abc\""),
		TEXT("\"\\ud800\\n\""),
		TEXT("\"\\ud800\\u\""),
		TEXT("\"\\ud800\\u1\""),
		TEXT("\"\\ud800\\u1x\""),
		TEXT("\"\\ud800\\ud800\""),
		TEXT("\"\\ud800\\ud800\\udc00\""),
		TEXT("\"\\ud800\\u0041\""),
		TEXT("\"\\udc00\\ud800\""),
		TEXT("\"\\ud83d\\udc3b\\udc3b\""),
		TEXT("\"\\ud800\\ue000\""),
		TEXT("\"\\ud800\\\\udc00\""),
		TEXT("{\"\\ud800\":1}"),
		TEXT("\"\\ud800"),
		TEXT("\"\\ud800\\"),
		TEXT("\"\\ud800\\udc0"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
what_is_not_utf8_is_refused(void **state)
{
	static const struct text vectors[] = {
		TEXT("\"\xff\""),
		TEXT("\"\xc3\""),
		TEXT("\"\xe2\x82\""),
		TEXT("\"\xc0\xaf\""),
		TEXT("\"\xc0\x80\""),
		TEXT("\"\xe0\x80\xaf\""),
		TEXT("\"\xfc\x83\xbf\xbf\xbf\xbf\""),
		TEXT("\"\xed\xa0\x80\""),
		TEXT("\"\xed\xa0\xbd\xed\xb0\xbb\""),
		TEXT("\"\xf4\x90\x80\x80\""),
		TEXT("{\"\xe9\":1}"),
		TEXT("[\xff]"),
		TEXT("\xc3\xa5"),
		TEXT("[1]\xff"),
		TEXT("[\0\"\0a\0\"\0]\0"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
only_the_white_space_of_json_may_surround_values(void **state)
{
	static const struct text vectors[] = {
		TEXT("\xef\xbb\xbf{}"),
		TEXT("\xef\xbb\xbf"),
		TEXT("{}\xef\xbb\xbf"),
		TEXT("[\xe2\x81\xa0]"),
		TEXT("[\xc2\xa0]"),
		TEXT("[\x0c]"),
		TEXT("[1\x0b]"),
		TEXT("{}\x0c"),
		TEXT("[\xc2\x85]"),
		TEXT("[\xe3\x80\x80]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

static void
member_names_that_differ_in_one_character_are_two(void **state)
{
	static const struct text vectors[] = {
		TEXT("{\"\\ud876\\udc00\":1,\"\\ud876\\udc01\":2}"),
		TEXT("{\"\\ud876\\udc00\":1,\"\\ufffd\":2}"),
		TEXT("{\"\xf0\xad\xa0\x80\":1,\"\\ud876\\udc01\":2}"),
		TEXT("{\"\\u00e9\":1,\"e\\u0301\":2}"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_OK);
}

static void
a_member_name_used_twice_is_refused_at_any_depth(void **state)
{
	static const struct text vectors[] = {
		TEXT("{\"a\":1,\"a\":2}"),
		TEXT("{\"a\":1,\"a\":1}"),
		TEXT("{\"a\":1,\"\\u0061\":2}"),
		TEXT("{\"\":1,\"\":2}"),
		TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
		TEXT("{\"\xc3\xa9\":1,\"\\u00e9\":2}"),
		TEXT("{\"/\":1,\"\\/\":2}"),
		TEXT("{\"\xf0\xad\xa0\x80\":1,\"\\ud876\\udc00\":2}"),
		TEXT("{\"\\uD876\\uDC00\":1,\"\\ud876\\udc00\":2}"),
		TEXT("{\"a\":null,\"a\":null}"),
		TEXT("{\"a\":{\"b\":1,\"c\":2,\"d\":3},\"a\":1}"),
		TEXT("{\"a\":1,\"a\":{\"b\":1,\"c\":2,\"d\":3}}"),
		TEXT("{\"x\":{\"a\":1,\"a\":2}}"),
		TEXT("[{\"a\":1,\"a\":2}]"),
		TEXT("[1,[2,{\"x\":[{\"a\":1,\"a\":2}]}]]"),
		TEXT("{\"a\":\":::\",\"a\":1}"),
		TEXT("[[[[[[[[[[[[[[[{\"a\":0,\"a\":0}]]]]]]]]]]]]]]]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_JSON);
}

/* Arrays and objects in turn, depth levels of them, around the core. */
static enum err
parse_nested(size_t depth, const char *core)
{
	char text[1024] = "";
	struct json_object *value;
	enum err err;

	for (size_t i = 0; i < depth; i++)
		strcat(text, i % 2 == 0 ? "[" : "{\"a\":");
	strcat(text, core);
	for (size_t i = depth; i > 0; i--)
		strcat(text, i % 2 == 1 ? "]" : "}");
	err = parse(text, strlen(text), &value);
	json_object_put(value);
	return err;
}

static void
sixteen_levels_are_read_and_no_more(void **state)
{
	(void)state;

	assert_int_equal(parse_nested(15, "[]"), ERR_OK);
	assert_int_equal(parse_nested(15, "{}"), ERR_OK);
	assert_int_equal(parse_nested(16, "1"), ERR_OK);
	assert_int_equal(parse_nested(16, "\"[[[[[[\""), ERR_OK);
	assert_int_equal(parse_nested(15, "[1,{},[]]"), ERR_JSON);
	assert_int_equal(parse_nested(16, "[]"), ERR_JSON);
	assert_int_equal(parse_nested(16, "{}"), ERR_JSON);
	assert_int_equal(parse_nested(17, "1"), ERR_JSON);
	assert_int_equal(parse_nested(100, "1"), ERR_JSON);
}

static void
levels_are_left_again(void **state)
{
	static const struct text vectors[] = {
		TEXT("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]"),
		TEXT("[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]"),
		TEXT("[[[[]]],[[[]]],[[[]]],[[[]]],[[[]]],[[[]]]]"),
	};

	(void)state;
	check_all(vectors, COUNT(vectors), ERR_OK);
}

static void
a_flood_of_brackets_is_refused(void **state)
{
	enum { SIZE = 100000 };
	char *text = malloc(SIZE);
	struct json_object *value;

	(void)state;
	assert_non_null(text);

	memset(text, '[', SIZE);
	assert_int_equal(json_parse(text, SIZE, &value), ERR_JSON);
	assert_null(value);
	for (size_t i = 0; i + 5 <= SIZE; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_int_equal(json_parse(text, SIZE, &value), ERR_JSON);
	assert_null(value);
	free(text);
}

static void
every_document_cut_short_is_refused(void **state)
{
	static const char text[] =
	    "{\"username\":\"j\\u00f6hn \\ud83d\\udc3b\",\"n\":[1.5e+3,true,null,{\"x\":-0}]}";
	struct json_object *value;

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		if (parse(text, len, &value) != ERR_JSON)
			fail_msg("read %.*s", (int)len, text);
		assert_null(value);
	}
	assert_int_equal(parse(text, strlen(text), &value), ERR_OK);
	json_object_put(value);
}

static void
what_is_written_is_compact_and_reads_as_the_same(void **state)
{
	static const char *const texts[] = {
		"{}", "{\"a\":[1,\"/\",null,true],\"b\":{\"c\":\"\\\"\"}}", "[]", "\"\xc3\xa4\"",
	};
	struct json_object *value;
	char *text;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(parse(texts[i], strlen(texts[i]), &value), ERR_OK);
		assert_int_equal(json_write(value, &text), ERR_OK);
		assert_string_equal(text, texts[i]);
		secret_free(text);
		json_object_put(value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_values_are_read),
		cmocka_unit_test(every_spelling_of_a_number_is_read),
		cmocka_unit_test(strings_are_read_as_they_were_meant),
		cmocka_unit_test(every_surrogate_pair_is_the_character_that_it_stands_for),
		cmocka_unit_test(every_other_escape_is_the_character_that_it_stands_for),
		cmocka_unit_test(members_are_found_by_the_name_that_was_meant),
		cmocka_unit_test(malformed_structure_is_refused),
		cmocka_unit_test(trailing_data_and_comments_are_refused),
		cmocka_unit_test(misspelt_numbers_are_refused),
		cmocka_unit_test(misspelt_literals_are_refused),
		cmocka_unit_test(malformed_strings_are_refused),
		cmocka_unit_test(nul_is_refused_raw_and_escaped),
		cmocka_unit_test(half_a_surrogate_pair_is_refused),
		cmocka_unit_test(what_is_not_utf8_is_refused),
		cmocka_unit_test(only_the_white_space_of_json_may_surround_values),
		cmocka_unit_test(member_names_that_differ_in_one_character_are_two),
		cmocka_unit_test(a_member_name_used_twice_is_refused_at_any_depth),
		cmocka_unit_test(sixteen_levels_are_read_and_no_more),
		cmocka_unit_test(levels_are_left_again),
		cmocka_unit_test(a_flood_of_brackets_is_refused),
		cmocka_unit_test(every_document_cut_short_is_refused),
		cmocka_unit_test(what_is_written_is_compact_and_reads_as_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
