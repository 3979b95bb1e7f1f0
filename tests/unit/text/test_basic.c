/* test_basic: a name and a secret are read from Basic credentials. */
#include "text/basic.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

/* Encodes text, which has no NUL, and reads it. */
static enum err
parse(const char *text, struct basic *basic)
{
	const size_t len = strlen(text);
	char *encoded = malloc(BASE64_SIZE(len));
	enum err err;

	assert_non_null(encoded);
	(void)text_encode_base64(BASE64_STANDARD, text, len, encoded);
	err = basic_parse(encoded, basic);
	free(encoded);
	return err;
}

static void
name_and_secret_are_form_urlencoded_and_split_at_the_first_colon(void **state)
{
	static const struct {
		const char *text, *name, *secret;
	} cases[] = {
		{ "api:secret", "api", "secret" },
		{ "api:", "api", "" },
		{ ":secret", "", "secret" },
		{ ":", "", "" },
		{ "api:a:b", "api", "a:b" },
		{ "a%3Ab:%3a", "a:b", ":" },
		{ "a+b:c%2Bd", "a b", "c+d" },
		{ "%e2%98%83:\xe2\x98\x83", "\xe2\x98\x83", "\xe2\x98\x83" },
	};
	struct basic basic;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, &basic), ERR_OK);
		assert_string_equal(basic.name, cases[i].name);
		assert_string_equal(basic.secret, cases[i].secret);
		basic_clear(&basic);
	}
}

static void
what_is_no_name_and_secret_is_refused_whole(void **state)
{
	static const char *const texts[] = {
		"", "api", "api%3Asecret", "%:x", "a%4:x", "a:%zz", "a:%00", "a%00:x", "\xff:x",
		"a:\xc0\xaf",
	};
	static const char *const encoded[] = {
		"YTpi=", "YTpi====", "YTp", "YTpiYw", "YTpiYx==", "YT pi", " YTpi", "YTpi ",
		"YTpi\n", "YTp_", "!", "YTpi,YTpi",
	};
	struct basic basic;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(texts[i], &basic), ERR_REFUSED);
		assert_string_equal(basic.name, "");
		assert_string_equal(basic.secret, "");
	}
	for (size_t i = 0; i < sizeof(encoded) / sizeof(encoded[0]); i++) {
		assert_int_equal(basic_parse(encoded[i], &basic), ERR_REFUSED);
		assert_string_equal(basic.name, "");
	}
}

static void
what_is_too_long_is_refused(void **state)
{
	char text[BASIC_LEN_MAX + 2];
	struct basic basic;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[1] = ':';
	text[BASIC_LEN_MAX] = '\0';
	assert_int_equal(parse(text, &basic), ERR_OK);
	assert_int_equal(strlen(basic.secret), BASIC_LEN_MAX - 2);
	text[BASIC_LEN_MAX] = 'x';
	text[BASIC_LEN_MAX + 1] = '\0';
	assert_int_equal(parse(text, &basic), ERR_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_and_secret_are_form_urlencoded_and_split_at_the_first_colon),
		cmocka_unit_test(what_is_no_name_and_secret_is_refused_whole),
		cmocka_unit_test(what_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
