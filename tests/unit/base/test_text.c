/* test_text: what is UTF-8, a form escape or base64, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

struct bytes {
	const char *data;
	size_t len;
};

/* A literal with its length, which may hold NUL. */
#define BYTES(literal) { (literal), sizeof(literal) - 1 }

static void
check_utf8(const struct bytes *vectors, size_t count, bool expected)
{
	for (size_t i = 0; i < count; i++) {
		/* A copy of the exact size, so that a sanitizer sees a read past the end. */
		char *copy = malloc(vectors[i].len + 1);
		bool answer;

		assert_non_null(copy);
		memcpy(copy + 1, vectors[i].data, vectors[i].len);
		answer = text_is_utf8(copy + 1, vectors[i].len);
		free(copy);
		if (answer != expected)
			fail_msg("vector %zu: expected %d, came %d", i, expected, answer);
	}
}

static void
every_length_of_utf8_is_accepted_up_to_its_limits(void **state)
{
	static const struct bytes vectors[] = {
		BYTES(""),
		BYTES("plain"),
		BYTES("\x01\x7f"),
		BYTES("\xc2\x80"),
		BYTES("\xdf\xbf"),
		BYTES("\xe0\xa0\x80"),
		BYTES("\xed\x9f\xbf"),
		BYTES("\xee\x80\x80"),
		BYTES("\xef\xbf\xbf"),
		BYTES("\xf0\x90\x80\x80"),
		BYTES("\xf4\x8f\xbf\xbf"),
		BYTES("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xbbz"),
	};

	(void)state;
	check_utf8(vectors, COUNT(vectors), true);
}

static void
malformed_utf8_is_refused(void **state)
{
	static const struct bytes vectors[] = {
		BYTES("\x80"),
		BYTES("\xbf"),
		BYTES("\xfe"),
		BYTES("\xff"),
		BYTES("\xc3"),
		BYTES("\xe2\x82"),
		BYTES("\xf0\x9f\x90"),
		BYTES("\xc3("),
		BYTES("\xe2(\xac"),
		BYTES("\xe2\x82("),
		BYTES("\xf0\x9f\x90("),
		BYTES("abc\xc3\xa9\xa9"),
	};

	(void)state;
	check_utf8(vectors, COUNT(vectors), false);
}

static void
overlong_surrogate_and_impossible_forms_are_refused(void **state)
{
	static const struct bytes vectors[] = {
		BYTES("\xc0\x80"),
		BYTES("\xc0\xaf"),
		BYTES("\xc1\xbf"),
		BYTES("\xe0\x80\xaf"),
		BYTES("\xe0\x9f\xbf"),
		BYTES("\xf0\x80\x80\xaf"),
		BYTES("\xf0\x8f\xbf\xbf"),
		BYTES("\xed\xa0\x80"),
		BYTES("\xed\xbf\xbf"),
		BYTES("\xed\xa1\x8c\xed\xbe\xb4"),
		BYTES("\xf4\x90\x80\x80"),
		BYTES("\xf5\x80\x80\x80"),
		BYTES("\xf8\x88\x80\x80\x80"),
		BYTES("\xfc\x84\x80\x80\x80\x80"),
	};

	(void)state;
	check_utf8(vectors, COUNT(vectors), false);
}

static void
nul_is_not_text(void **state)
{
	static const struct bytes vectors[] = {
		BYTES("\0"),
		BYTES("a\0"),
		BYTES("\0a"),
		BYTES("a\0b"),
	};

	(void)state;
	check_utf8(vectors, COUNT(vectors), false);
}

static void
code_points_are_counted_not_bytes(void **state)
{
	static const struct {
		const char *text;
		size_t expected;
	} vectors[] = {
		{ "", 0 },
		{ "bear", 4 },
		{ "b\xc3\xa4r", 3 },
		{ "\xe2\x82\xac", 1 },
		{ "\xf0\x9f\x90\xbb\xf0\x9f\x90\xbb", 2 },
		{ "e\xcc\x81", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t count = text_code_points(vectors[i].text);

		if (count != vectors[i].expected)
			fail_msg("\"%s\": expected %zu, came %zu", vectors[i].text,
			    vectors[i].expected, count);
	}
}

/* Decodes a copy of the exact size: len bytes and room for a NUL. */
static char *
decode_form(const struct bytes *input, size_t *len, enum err *err)
{
	char *copy = malloc(input->len + 1);

	assert_non_null(copy);
	memcpy(copy, input->data, input->len);
	*len = input->len;
	*err = text_decode_form(copy, len);
	return copy;
}

static void
form_escapes_are_decoded(void **state)
{
	static const struct {
		struct bytes input;
		const char *expected;
	} vectors[] = {
		{ BYTES(""), "" },
		{ BYTES("johndoe"), "johndoe" },
		{ BYTES("correct+horse"), "correct horse" },
		{ BYTES("a%2Bb"), "a+b" },
		{ BYTES("%20%21"), " !" },
		{ BYTES("%c3%A9"), "\xc3\xa9" },
		{ BYTES("%C3\xa9"), "\xc3\xa9" },
		{ BYTES("100%25"), "100%" },
		{ BYTES("%2525"), "%25" },
		{ BYTES("a&b=c"), "a&b=c" },
		{ BYTES("%0d%0A"), "\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t len;
		enum err err;
		char *text = decode_form(&vectors[i].input, &len, &err);

		assert_int_equal(err, ERR_OK);
		assert_string_equal(text, vectors[i].expected);
		assert_int_equal(len, strlen(vectors[i].expected));
		free(text);
	}
}

static void
malformed_form_escapes_are_refused(void **state)
{
	static const struct bytes vectors[] = {
		BYTES("%"),
		BYTES("%4"),
		BYTES("abc%"),
		BYTES("abc%4"),
		BYTES("%g0"),
		BYTES("%0g"),
		BYTES("%%41"),
		BYTES("%+1"),
		BYTES("% 1"),
		BYTES("%-1"),
		BYTES("%0x41"),
		BYTES("%\0" "41"),
		BYTES("%u0041"),
		BYTES("%c3\xa9%"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t len;
		enum err err;

		free(decode_form(&vectors[i], &len, &err));
		if (err != ERR_FORM)
			fail_msg("vector %zu: expected %d, came %d", i, ERR_FORM, err);
	}
}

static void
a_form_value_that_is_not_utf8_without_nul_is_refused(void **state)
{
	static const struct bytes vectors[] = {
		BYTES("%00"),
		BYTES("a%00b"),
		BYTES("a\0b"),
		BYTES("%ff"),
		BYTES("%c3"),
		BYTES("%c0%80"),
		BYTES("%ed%a0%80"),
		BYTES("\xe9"),
		BYTES("caf%e9"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		size_t len;
		enum err err;

		free(decode_form(&vectors[i], &len, &err));
		if (err != ERR_FORM)
			fail_msg("vector %zu: expected %d, came %d", i, ERR_FORM, err);
	}
}

struct base64_vector {
	enum base64 alphabet;
	struct bytes data;
	const char *text;
};

/* RFC 4648, section 10, and both alphabets' own characters. */
static const struct base64_vector base64_vectors[] = {
	{ BASE64_STANDARD, BYTES(""), "" },
	{ BASE64_STANDARD, BYTES("f"), "Zg==" },
	{ BASE64_STANDARD, BYTES("fo"), "Zm8=" },
	{ BASE64_STANDARD, BYTES("foo"), "Zm9v" },
	{ BASE64_STANDARD, BYTES("foob"), "Zm9vYg==" },
	{ BASE64_STANDARD, BYTES("fooba"), "Zm9vYmE=" },
	{ BASE64_STANDARD, BYTES("foobar"), "Zm9vYmFy" },
	{ BASE64_STANDARD, BYTES("\xfb\xef\xff"), "++//" },
	{ BASE64_STANDARD, BYTES("\0\0\0\0"), "AAAAAA==" },
	{ BASE64_URL, BYTES(""), "" },
	{ BASE64_URL, BYTES("f"), "Zg" },
	{ BASE64_URL, BYTES("fo"), "Zm8" },
	{ BASE64_URL, BYTES("foo"), "Zm9v" },
	{ BASE64_URL, BYTES("foob"), "Zm9vYg" },
	{ BASE64_URL, BYTES("fooba"), "Zm9vYmE" },
	{ BASE64_URL, BYTES("foobar"), "Zm9vYmFy" },
	{ BASE64_URL, BYTES("\xfb\xef\xff"), "--__" },
	{ BASE64_URL, BYTES("\xff"), "_w" },
	/* RFC 7515, appendix A.1.1. */
	{ BASE64_URL, BYTES("{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}"),
	    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" },
};

static void
base64_is_encoded_as_rfc_4648_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(base64_vectors); i++) {
		const struct base64_vector *v = &base64_vectors[i];
		char *out = malloc(BASE64_SIZE(v->data.len));
		size_t len;

		assert_non_null(out);
		len = text_encode_base64(v->alphabet, v->data.data, v->data.len, out);

		assert_string_equal(out, v->text);
		assert_int_equal(len, strlen(v->text));
		free(out);
	}
}

static void
base64_is_decoded_into_room_that_just_suffices(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(base64_vectors); i++) {
		const struct base64_vector *v = &base64_vectors[i];
		char *out = malloc(v->data.len + 1);
		size_t len = 99;

		assert_non_null(out);
		assert_int_equal(text_decode_base64(v->alphabet, v->text, strlen(v->text), out + 1,
		    v->data.len, &len), ERR_OK);

		assert_int_equal(len, v->data.len);
		assert_memory_equal(out + 1, v->data.data, len);
		free(out);
	}
}

static void
base64_with_too_little_room_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(base64_vectors); i++) {
		const struct base64_vector *v = &base64_vectors[i];
		char out[64];
		size_t len;

		if (v->data.len == 0)
			continue;
		out[v->data.len - 1] = '!';
		assert_int_equal(text_decode_base64(v->alphabet, v->text, strlen(v->text), out,
		    v->data.len - 1, &len), ERR_REFUSED);
		assert_int_equal(out[v->data.len - 1], '!');
	}
}

static void
every_byte_survives_base64(void **state)
{
	unsigned char data[256], decoded[256];
	char text[BASE64_SIZE(sizeof(data))];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 167 + 13);

	for (size_t size = 0; size <= sizeof(data); size++) {
		enum base64 alphabet = size % 2 == 0 ? BASE64_STANDARD : BASE64_URL;
		size_t text_len = text_encode_base64(alphabet, data, size, text);

		assert_int_equal(text_decode_base64(alphabet, text, text_len, decoded,
		    sizeof(decoded), &len), ERR_OK);
		assert_int_equal(len, size);
		assert_memory_equal(decoded, data, size);
	}
}

struct bad_base64 {
	enum base64 alphabet;
	struct bytes text;
};

static void
check_refused(const struct bad_base64 *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct bytes *text = &vectors[i].text;
		char out[32];
		size_t len;
		enum err err = text_decode_base64(vectors[i].alphabet, text->data, text->len, out,
		    sizeof(out), &len);

		if (err != ERR_REFUSED)
			fail_msg("\"%s\": expected %d, came %d", text->data, ERR_REFUSED, err);
	}
}

static void
base64_with_wrong_padding_is_refused(void **state)
{
	static const struct bad_base64 vectors[] = {
		{ BASE64_STANDARD, BYTES("Zg") },
		{ BASE64_STANDARD, BYTES("Zg=") },
		{ BASE64_STANDARD, BYTES("Zg===") },
		{ BASE64_STANDARD, BYTES("Zm8") },
		{ BASE64_STANDARD, BYTES("Zm8==") },
		{ BASE64_STANDARD, BYTES("Zm9v=") },
		{ BASE64_STANDARD, BYTES("Zm9v====") },
		{ BASE64_STANDARD, BYTES("Z===") },
		{ BASE64_STANDARD, BYTES("=") },
		{ BASE64_STANDARD, BYTES("==") },
		{ BASE64_STANDARD, BYTES("====") },
		{ BASE64_STANDARD, BYTES("Zg==Zg==") },
		{ BASE64_STANDARD, BYTES("Zg=v") },
		{ BASE64_STANDARD, BYTES("=Zm9") },
		{ BASE64_URL, BYTES("Zg==") },
		{ BASE64_URL, BYTES("Zm8=") },
		{ BASE64_URL, BYTES("=") },
		{ BASE64_URL, BYTES("Z") },
		{ BASE64_URL, BYTES("Zm9vY") },
	};

	(void)state;
	check_refused(vectors, COUNT(vectors));
}

static void
base64_with_spare_bits_is_refused(void **state)
{
	static const struct bad_base64 vectors[] = {
		{ BASE64_STANDARD, BYTES("Zh==") },
		{ BASE64_STANDARD, BYTES("Zv==") },
		{ BASE64_STANDARD, BYTES("Zm9=") },
		{ BASE64_STANDARD, BYTES("Zm+=") },
		{ BASE64_URL, BYTES("Zh") },
		{ BASE64_URL, BYTES("Zo") },
		{ BASE64_URL, BYTES("Zm9") },
		{ BASE64_URL, BYTES("Zm-") },
	};

	(void)state;
	check_refused(vectors, COUNT(vectors));
}

static void
base64_with_foreign_characters_is_refused(void **state)
{
	static const struct bad_base64 vectors[] = {
		{ BASE64_STANDARD, BYTES("--__") },
		{ BASE64_URL, BYTES("++//") },
		{ BASE64_STANDARD, BYTES("Zm9v\nZm9v") },
		{ BASE64_STANDARD, BYTES("Zm9v\n") },
		{ BASE64_STANDARD, BYTES(" Zm9") },
		{ BASE64_STANDARD, BYTES("Zm\t8=") },
		{ BASE64_URL, BYTES("Zm9v\r\n") },
		{ BASE64_URL, BYTES("Zm 9") },
		{ BASE64_URL, BYTES("Zm9\0") },
		{ BASE64_URL, BYTES("\0\0\0\0") },
		{ BASE64_STANDARD, BYTES("Zm9\xc3") },
		{ BASE64_STANDARD, BYTES("Zm.v") },
		{ BASE64_URL, BYTES("Zm9v.") },
	};

	(void)state;
	check_refused(vectors, COUNT(vectors));
}

static void
only_plain_characters_stand_for_themselves_in_percent_encoding(void **state)
{
	static const struct {
		const char *text, *encoded;
	} rows[] = {
		{ "", "" },
		{ "azAZ09-._~@", "azAZ09-._~@" },
		{ "a b+c", "a%20b%2Bc" },
		{ "\r\n\t\x01\x7f", "%0D%0A%09%01%7F" },
		{ "%41:/\"\\,;", "%2541%3A%2F%22%5C%2C%3B" },
		{ "\xc3\xa9\xff", "%C3%A9%FF" },
	};
	char encoded[64];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(text_encode_percent(rows[i].text, "@", encoded, sizeof(encoded)));
		assert_string_equal(encoded, rows[i].encoded);
	}
	assert_true(text_encode_percent("/@?", "", encoded, sizeof(encoded)));
	assert_string_equal(encoded, "%2F%40%3F");
}

static void
percent_encoding_needs_room_for_all_of_it(void **state)
{
	(void)state;
	for (size_t size = 1; size <= sizeof("a%20"); size++) {
		/* Of the exact size, so that a sanitizer sees a write past the end. */
		char *encoded = malloc(size);
		bool fits;

		assert_non_null(encoded);
		fits = text_encode_percent("a ", "", encoded, size);
		free(encoded);
		assert_int_equal(fits, size == sizeof("a%20"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_of_utf8_is_accepted_up_to_its_limits),
		cmocka_unit_test(malformed_utf8_is_refused),
		cmocka_unit_test(overlong_surrogate_and_impossible_forms_are_refused),
		cmocka_unit_test(nul_is_not_text),
		cmocka_unit_test(code_points_are_counted_not_bytes),
		cmocka_unit_test(form_escapes_are_decoded),
		cmocka_unit_test(malformed_form_escapes_are_refused),
		cmocka_unit_test(a_form_value_that_is_not_utf8_without_nul_is_refused),
		cmocka_unit_test(only_plain_characters_stand_for_themselves_in_percent_encoding),
		cmocka_unit_test(percent_encoding_needs_room_for_all_of_it),
		cmocka_unit_test(base64_is_encoded_as_rfc_4648_says),
		cmocka_unit_test(base64_is_decoded_into_room_that_just_suffices),
		cmocka_unit_test(base64_with_too_little_room_is_refused),
		cmocka_unit_test(every_byte_survives_base64),
		cmocka_unit_test(base64_with_wrong_padding_is_refused),
		cmocka_unit_test(base64_with_spare_bits_is_refused),
		cmocka_unit_test(base64_with_foreign_characters_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
