/* test_cache: what was verified is found again, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "token/cache.h"

#define JWT "header.payload.signature"

enum { NOW = 1700000000, EXPIRES_AT = NOW + 60, KEYS = 1 };

static int
set_up(void **state)
{
	*state = token_cache_new();
	return *state == NULL;
}

static int
tear_down(void **state)
{
	token_cache_free(*state);
	return 0;
}

/* Puts jwt in as the token of that subject, and lets go of it. */
static void
put(struct token_cache *cache, const char *jwt, const char *subject)
{
	struct token token = { .text = strdup(subject), .text_size = strlen(subject) + 1,
		.expires_at = EXPIRES_AT };

	token.subject = token.username = token.text;
	token.client_id = token.scope = token.audiences = token.text + strlen(subject);
	token_cache_put(cache, KEYS, jwt, &token);
	token_clear(&token);
}

static bool
holds(struct token_cache *cache, uint64_t version, const char *jwt, int64_t now)
{
	struct token token;
	bool is_there = token_cache_find(cache, version, jwt, now, &token);

	if (is_there)
		token_clear(&token);
	return is_there;
}

static void
verified_token_is_found_with_what_it_says(void **state)
{
	struct token token;

	put(*state, JWT, "johndoe");

	assert_true(token_cache_find(*state, KEYS, JWT, NOW, &token));
	assert_string_equal(token.subject, "johndoe");
	assert_int_equal(token.expires_at, EXPIRES_AT);
	token_clear(&token);
}

static void
found_token_outlives_its_entry(void **state)
{
	struct token token;

	put(*state, JWT, "johndoe");
	assert_true(token_cache_find(*state, KEYS, JWT, NOW, &token));
	put(*state, JWT, "somebody else");

	assert_string_equal(token.subject, "johndoe");
	token_clear(&token);
}

static void
token_that_differs_in_one_character_is_not_found(void **state)
{
	char other[] = JWT;

	put(*state, JWT, "johndoe");

	for (size_t i = 0; i < strlen(JWT); i++) {
		other[i] ^= 1;
		assert_false(holds(*state, KEYS, other, NOW));
		other[i] ^= 1;
	}
	assert_false(holds(*state, KEYS, "", NOW));
	assert_false(holds(*state, KEYS, JWT "x", NOW));
	assert_true(holds(*state, KEYS, other, NOW));
}

static void
token_is_gone_the_second_it_expires(void **state)
{
	put(*state, JWT, "johndoe");

	assert_true(holds(*state, KEYS, JWT, EXPIRES_AT - 1));
	assert_false(holds(*state, KEYS, JWT, EXPIRES_AT));
	/* And does not come back when the clock is put back. */
	assert_false(holds(*state, KEYS, JWT, NOW));
}

static void
change_of_keys_forgets_every_token(void **state)
{
	put(*state, JWT, "johndoe");

	assert_false(holds(*state, KEYS + 1, JWT, NOW));
	assert_false(holds(*state, KEYS, JWT, NOW));
}

static void
long_token_is_not_kept(void **state)
{
	char jwt[2048];

	memset(jwt, 'x', sizeof(jwt) - 1);
	jwt[sizeof(jwt) - 1] = '\0';
	put(*state, jwt, "johndoe");

	assert_false(holds(*state, KEYS, jwt, NOW));
}

static void
many_tokens_never_answer_for_one_another(void **state)
{
	char jwt[64], subject[16];
	struct token token;
	int found = 0;

	for (int i = 0; i < 1000; i++) {
		snprintf(jwt, sizeof(jwt), "header.payload.%08x", (unsigned)i * 2654435761u);
		snprintf(subject, sizeof(subject), "user%d", i);
		put(*state, jwt, subject);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(jwt, sizeof(jwt), "header.payload.%08x", (unsigned)i * 2654435761u);
		snprintf(subject, sizeof(subject), "user%d", i);
		if (!token_cache_find(*state, KEYS, jwt, NOW, &token))
			continue;
		assert_string_equal(token.subject, subject);
		token_clear(&token);
		found++;
	}

	assert_in_range(found, 900, 1000);
}

static void
without_memory_for_it_nothing_is_kept_and_nothing_breaks(void **state)
{
	(void)state;
	put(NULL, JWT, "johndoe");

	assert_false(holds(NULL, KEYS, JWT, NOW));
	token_cache_free(NULL);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verified_token_is_found_with_what_it_says),
		TEST(found_token_outlives_its_entry),
		TEST(token_that_differs_in_one_character_is_not_found),
		TEST(token_is_gone_the_second_it_expires),
		TEST(change_of_keys_forgets_every_token),
		TEST(long_token_is_not_kept),
		TEST(many_tokens_never_answer_for_one_another),
		TEST(without_memory_for_it_nothing_is_kept_and_nothing_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
