/* test_scope: lists of scope tokens. */
#include "text/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
well_formed_lists_are_valid(void **state)
{
	static const char *const lists[] = { "", "me", "me items", "users:create", "!", "#[]~" };

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!scope_is_valid(lists[i]))
			fail_msg("refused: '%s'", lists[i]);
}

static void
malformed_lists_are_refused(void **state)
{
	static const char *const lists[] = { " ", " me", "me ", "me  items", "me\titems", "a\"b",
		"a\\b", "m\xc3\xa9", "a\x7f", "a\nb" };

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (scope_is_valid(lists[i]))
			fail_msg("accepted: '%s'", lists[i]);
}

static void
limits_hold_on_both_sides(void **state)
{
	char list[SCOPE_LEN_MAX + 2];

	(void)state;
	memset(list, 'a', sizeof(list));
	list[SCOPE_LEN_MAX] = '\0';
	assert_true(scope_is_valid(list));
	list[SCOPE_LEN_MAX] = 'a';
	list[SCOPE_LEN_MAX + 1] = '\0';
	assert_false(scope_is_valid(list));

	for (size_t i = 0; i < 2 * SCOPE_TOKENS_MAX + 2; i++)
		list[i] = i % 2 == 0 ? 'a' : ' ';
	list[2 * SCOPE_TOKENS_MAX - 1] = '\0';
	assert_true(scope_is_valid(list));
	list[2 * SCOPE_TOKENS_MAX - 1] = ' ';
	list[2 * SCOPE_TOKENS_MAX + 1] = '\0';
	assert_false(scope_is_valid(list));
}

static void
only_whole_tokens_are_found(void **state)
{
	(void)state;
	assert_true(scope_has("items me users", "me"));
	assert_true(scope_has("me", "me"));
	assert_false(scope_has("items meadow", "me"));
	assert_false(scope_has("", "me"));
	assert_false(scope_has("me", "m"));
}

static void
each_token_must_be_in_one_of_the_lists(void **state)
{
	(void)state;
	assert_true(scope_is_within("", "", ""));
	assert_true(scope_is_within("a b", "b", "a"));
	assert_true(scope_is_within("a", "a", NULL));
	assert_false(scope_is_within("a b c", "a b", "d"));
	assert_false(scope_is_within("a", NULL, NULL));
}

static void
tokens_are_counted(void **state)
{
	(void)state;
	assert_int_equal(scope_count(""), 0);
	assert_int_equal(scope_count("me"), 1);
	assert_int_equal(scope_count("me items users:create"), 3);
}

static void
lists_share_only_whole_tokens(void **state)
{
	static const struct {
		const char *list, *other;
		bool expected;
	} rows[] = {
		{ "", "", false }, { "a", "", false }, { "", "a", false }, { "a", "a", true },
		{ "a b", "c a", true }, { "a b", "c b d", true }, { "a b", "c d", false },
		{ "item", "items", false }, { "items", "item", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (scope_share(rows[i].list, rows[i].other) != rows[i].expected)
			fail_msg("expected %d for '%s' and '%s'", rows[i].expected, rows[i].list,
			    rows[i].other);
}

static void
what_no_other_list_has_is_taken_out(void **state)
{
	static const struct {
		const char *list, *allowed, *also_allowed, *left;
	} rows[] = {
		{ "", "a", "b", "" }, { "a", "a", NULL, "a" }, { "a", NULL, NULL, "" },
		{ "a b c", "c", "a", "a c" }, { "a b c", "b", "", "b" }, { "a b c", "", "c", "c" },
		{ "a b c", "a b c", NULL, "a b c" }, { "items item me", "item", NULL, "item" },
		{ "long-one b", "b", "", "b" },
	};
	char list[SCOPE_LEN_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(list, rows[i].list);
		scope_narrow(list, rows[i].allowed, rows[i].also_allowed);
		assert_string_equal(list, rows[i].left);
	}
}

static void
lists_are_joined_by_single_spaces(void **state)
{
	char list[SCOPE_LEN_MAX + 1] = "";

	(void)state;
	assert_true(scope_append(list, ""));
	assert_string_equal(list, "");
	assert_true(scope_append(list, "a"));
	assert_true(scope_append(list, ""));
	assert_true(scope_append(list, "b c"));
	assert_string_equal(list, "a b c");
}

static void
nothing_is_appended_past_a_limit(void **state)
{
	char list[SCOPE_LEN_MAX + 1], before[SCOPE_LEN_MAX + 1];

	(void)state;
	memset(list, 'a', SCOPE_LEN_MAX - 2);
	list[SCOPE_LEN_MAX - 2] = '\0';
	strcpy(before, list);
	assert_false(scope_append(list, "bb"));
	assert_string_equal(list, before);
	assert_true(scope_append(list, "b"));
	assert_true(scope_is_valid(list));

	list[0] = '\0';
	for (int i = 0; i < SCOPE_TOKENS_MAX; i++)
		assert_true(scope_append(list, "a"));
	strcpy(before, list);
	assert_false(scope_append(list, "a"));
	assert_string_equal(list, before);
	assert_true(scope_is_valid(list));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_lists_are_valid),
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(limits_hold_on_both_sides),
		cmocka_unit_test(only_whole_tokens_are_found),
		cmocka_unit_test(each_token_must_be_in_one_of_the_lists),
		cmocka_unit_test(tokens_are_counted),
		cmocka_unit_test(lists_share_only_whole_tokens),
		cmocka_unit_test(what_no_other_list_has_is_taken_out),
		cmocka_unit_test(lists_are_joined_by_single_spaces),
		cmocka_unit_test(nothing_is_appended_past_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
