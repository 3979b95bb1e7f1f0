/* test_scope: lists of scope tokens. */
#include "scope.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_lists_are_valid),
		cmocka_unit_test(malformed_lists_are_refused),
		cmocka_unit_test(limits_hold_on_both_sides),
		cmocka_unit_test(only_whole_tokens_are_found),
		cmocka_unit_test(each_token_must_be_in_one_of_the_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
