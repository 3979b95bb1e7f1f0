/* test_kid: which key ids tell when the key was made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text/moment.h"
#include "token/kid.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

static void
an_id_of_the_exact_form_tells_its_moment(void **state)
{
	static const struct {
		const char *kid;
		int64_t moment;
	} rows[] = {
		{ "20231114T221320-0a1b2c3d", 1700000000 },
		{ "20240229T000000-00000000", 1709164800 },
		{ "19700101T000001-ffffffff", 1 },
		{ "20380119T031408-00000000", 2147483648 },
		{ "99991231T235959-00000000", MOMENT_LAST },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (kid_moments(rows[i].kid).made_at != rows[i].moment)
			fail_msg("%s: expected %lld, came %lld", rows[i].kid,
			    (long long)rows[i].moment,
			    (long long)kid_moments(rows[i].kid).made_at);
}

static void
an_id_of_any_other_form_tells_none(void **state)
{
	static const char *const kids[] = {
		"", "key", "-", "20231114", "20231114T221320", "20231114T221320-",
		"20231114T221320-0a1b2c3", "20231114T221320-0a1b2c3d4", "20231114T221320-0A1B2C3D",
		"20231114T221320-0a1b2c3g", "20231114T221320_0a1b2c3d", "20231114t221320-0a1b2c3d",
		"20231114221320-0a1b2c3d0", "2023-11-14T22:13:20-0a1b2c3d",
		"20231114T221320-0a1b2c3d ", " 20231114T221320-0a1b2c3d",
		"20231114T221320--0a1b2c3",
		"20231314T221320-0a1b2c3d",	/* month 13 */
		"20230014T221320-0a1b2c3d",
		"20230230T221320-0a1b2c3d",	/* 30 February */
		"20230229T221320-0a1b2c3d",	/* no leap year */
		"20231100T221320-0a1b2c3d",
		"20231131T221320-0a1b2c3d",
		"20231114T241320-0a1b2c3d",
		"20231114T226020-0a1b2c3d",
		"20231114T221360-0a1b2c3d",	/* a second that no clock here has */
		"20231114T221361-0a1b2c3d",
		"+2231114T221320-0a1b2c3d", " 2231114T221320-0a1b2c3d", "2023 114T221320-0a1b2c3d",
		"2023111 T221320-0a1b2c3d", "20231114T 21320-0a1b2c3d", "20231114T-21320-0a1b2c3d",
		"19700101T000000-00000000",	/* 0 is what says that there is none */
		"19691231T235959-00000000", "00000101T000000-00000000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kids); i++)
		if (kid_moments(kids[i]).made_at != 0)
			fail_msg("\"%s\": expected 0, came %lld", kids[i],
			    (long long)kid_moments(kids[i]).made_at);
}

static void
a_made_id_is_the_moment_and_eight_hex_digits(void **state)
{
	static const int64_t moments[] = { 1, 1700000000, 4102444800, MOMENT_LAST };
	char kid[KEY_ID_SIZE], again[KEY_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		assert_int_equal(kid_make(&(struct kid_moments){ moments[i], 0 }, kid), ERR_OK);
		assert_int_equal(kid_moments(kid).made_at, moments[i]);
		assert_true(kid_is_valid(kid));
		assert_int_equal(strlen(kid), 24);
		assert_int_equal(strspn(kid + 16, "0123456789abcdef"), 8);
	}
	assert_int_equal(kid_make(&(struct kid_moments){ MOMENT_LAST, 0 }, again), ERR_OK);
	assert_string_not_equal(kid, again);
}

static void
an_id_tells_when_its_key_signs_only_if_that_is_later(void **state)
{
	static const struct {
		const char *kid;
		int64_t made_at, signs_at;
	} rows[] = {
		{ "20231114T221320-0a1b2c3d", 1700000000, 0 },
		{ "20231114T221320-0a1b2c3d-from-20231114T221321", 1700000000, 1700000001 },
		{ "20231114T221320-0a1b2c3d-from-20231114T22132", 0, 0 },
		{ "20231114T221320-0a1b2c3d-from-20231114T2213211", 0, 0 },
		{ "20231114T221320-0a1b2c3d-from-20231314T221321", 0, 0 },
		{ "20231314T221320-0a1b2c3d-from-20231114T221321", 0, 0 },
		{ "20231114T221320-0a1b2c3d-form-20231114T221321", 0, 0 },
		{ "20231114T221320-0a1b2c3d20231114T221321", 0, 0 },
	};
	char kid[KEY_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(kid_moments(rows[i].kid).made_at, rows[i].made_at);
		assert_int_equal(kid_moments(rows[i].kid).signs_at, rows[i].signs_at);
	}
	assert_int_equal(kid_make(&(struct kid_moments){ 1700000000, 1700000001 }, kid), ERR_OK);
	assert_string_equal(kid + strlen("20231114T221320-0a1b2c3d"), "-from-20231114T221321");
	assert_int_equal(kid_moments(kid).signs_at, 1700000001);
	assert_true(kid_is_valid(kid));
}

static void
a_moment_without_room_in_an_id_makes_none(void **state)
{
	char kid[KEY_ID_SIZE] = "before";

	(void)state;
	assert_int_equal(kid_make(&(struct kid_moments){ MOMENT_LAST + 1, 0 }, kid), ERR_INTERNAL);
	assert_string_equal(kid, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_of_the_exact_form_tells_its_moment),
		cmocka_unit_test(an_id_of_any_other_form_tells_none),
		cmocka_unit_test(a_made_id_is_the_moment_and_eight_hex_digits),
		cmocka_unit_test(an_id_tells_when_its_key_signs_only_if_that_is_later),
		cmocka_unit_test(a_moment_without_room_in_an_id_makes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
