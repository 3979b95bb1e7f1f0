/* test_suggest: a slip of the finger finds its word, anything else finds nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/suggest.h"

static const char *
suggestion_for(const char *word)
{
	static const char *const known[] = { "add", "list", "show", "delete", "access_token_ttl" };
	struct suggestion suggestion;

	suggest_init(&suggestion, word);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		suggest_offer(&suggestion, known[i]);
	return suggestion.best;
}

static void
a_slip_of_the_finger_finds_its_word(void **state)
{
	static const struct {
		const char *word;
		const char *expected;
	} vectors[] = {
		{ "lst", "list" },
		{ "lists", "list" },
		{ "lsit", "list" },
		{ "shov", "show" },
		{ "ad", "add" },
		{ "dlete", "delete" },
		{ "acess_tokn_ttl", "access_token_ttl" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const char *best = suggestion_for(vectors[i].word);

		assert_non_null(best);
		assert_string_equal(best, vectors[i].expected);
	}
}

static void
a_word_far_from_all_finds_nothing(void **state)
{
	(void)state;
	assert_null(suggestion_for(""));
	assert_null(suggestion_for("x"));
	assert_null(suggestion_for("frobnicate"));
	assert_null(suggestion_for("delete_remove"));
}

static void
a_word_of_any_length_is_looked_at_safely(void **state)
{
	char word[4096];

	(void)state;
	for (size_t len = 0; len < 200; len++) {
		memset(word, 'l', len);
		word[len] = '\0';
		(void)suggestion_for(word);
	}
	memset(word, 'l', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_null(suggestion_for(word));
}

static void
of_equally_near_words_the_first_is_kept(void **state)
{
	struct suggestion suggestion;

	(void)state;
	suggest_init(&suggestion, "scrypt_x");
	suggest_offer(&suggestion, "scrypt_r");
	suggest_offer(&suggestion, "scrypt_p");

	assert_string_equal(suggestion.best, "scrypt_r");
	assert_int_equal(suggestion.distance, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_of_the_finger_finds_its_word),
		cmocka_unit_test(a_word_far_from_all_finds_nothing),
		cmocka_unit_test(a_word_of_any_length_is_looked_at_safely),
		cmocka_unit_test(of_equally_near_words_the_first_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
