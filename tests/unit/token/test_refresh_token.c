/* test_refresh_token: the one spelling of a refresh token, and what is made of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "token/refresh_token.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

/* Made with Python's hashlib, hmac and base64. */
static const struct vector {
	const char *token, *gid, *digest, *salt, *successor;
} vectors[] = {
	{ "bwr_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v",
	  "76dd216683fe3642fea75029a8252846",
	  "89c7460452eddff119fea0419e785c74de2ffb139dbe74323aca4a01e198a5dc",
	  "404142434445464748494a4b4c4d4e4f",
	  "bwr_AAECAwQFBgcICQoLDA0ODwPrFtkeNZrfcJ4y5B5p8iOqGKJjS2wsDz4aPPXmXrU0" },
	{ "bwr_________________________________________________________________",
	  "f58f480d411409f81f8948347e8b3e02",
	  "af9613760f72635fbdb44a5a0a63c39f12af30f950a6ee5c971be188e89c4051",
	  "ffffffffffffffffffffffffffffffff",
	  "bwr______________________yglDzttZqrWSNrs_Cu8sNvfTareIsDQk138dloA0nnq" },
	{ "bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	  "7f32f22435a895e1d7a54bc618feb3e6",
	  "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
	  "00000000000000000000000000000000",
	  "bwr_AAAAAAAAAAAAAAAAAAAAAKybtw0q2tqF8M5nEJFm_fBN9EZ4qbhPkVJly2ZPt2VT" },
	{ "bwr_x1Z85p8bG3dq7mC98Grz2iu4DVN7HaPji9MDYaqFVoa94OrNcWL-9qJf6Xv1J6Jb",
	  "a2324c032d363b76b8c4e04e8dc7bc19",
	  "3881219d087dd9c634373fd33dfa33a2cb6bfc6c520b64b8bb60ef2ceb534ae7",
	  "63479ad69a090b258277ec8fba6f9941",
	  "bwr_x1Z85p8bG3dq7mC98Grz2qdrmyA17tOvwIRgSu-mHnXRI4Z4kfXpP9VI5deKqUOy" },
};

static void
write_hex(const unsigned char *bytes, size_t len, char *hex)
{
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static void
read_hex(const char *hex, unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
}

static void
id_digest_and_successor_are_what_another_program_makes_of_a_token(void **state)
{
	unsigned char gid[REFRESH_TOKEN_GID_LEN], digest[REFRESH_TOKEN_DIGEST_LEN];
	unsigned char salt[REFRESH_TOKEN_SALT_LEN];
	char hex[2 * REFRESH_TOKEN_DIGEST_LEN + 1], text[REFRESH_TOKEN_SIZE];
	struct refresh_token token, successor;

	(void)state;
	for (const struct vector *v = vectors; v < vectors + COUNT(vectors); v++) {
		assert_true(refresh_token_parse(v->token, &token));

		assert_int_equal(refresh_token_gid(&token, gid), ERR_OK);
		write_hex(gid, sizeof(gid), hex);
		assert_string_equal(hex, v->gid);
		assert_int_equal(refresh_token_digest(&token, digest), ERR_OK);
		write_hex(digest, sizeof(digest), hex);
		assert_string_equal(hex, v->digest);
		read_hex(v->salt, salt, sizeof(salt));
		assert_int_equal(refresh_token_succeed(&token, salt, &successor), ERR_OK);
		refresh_token_format(&successor, text);
		assert_string_equal(text, v->successor);
	}
}

static void
a_token_that_was_read_is_written_the_same(void **state)
{
	char text[REFRESH_TOKEN_SIZE];
	struct refresh_token token;

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		assert_true(refresh_token_parse(vectors[i].token, &token));
		refresh_token_format(&token, text);
		assert_string_equal(text, vectors[i].token);
	}
}

static void
every_other_spelling_is_refused_and_leaves_nothing(void **state)
{
	static const struct refresh_token nothing;
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	static const char *const texts[] = {
		"", "bwr_", "bwr", "b", "bwr_AAAA",
		/* one character less, one more, padded, a blank at either end, a line's end */
		"bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		" bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		" bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"bwr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
		/* another prefix */
		"BWR_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"bwr-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"bws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	char text[REFRESH_TOKEN_SIZE];
	struct refresh_token token;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(&token, 1, sizeof(token));
		if (refresh_token_parse(texts[i], &token))
			fail_msg("accepted: '%s'", texts[i]);
		assert_memory_equal(&token, &nothing, sizeof(token));
	}
	/* Any character but the 64, at any place. */
	for (size_t place = 4; place < REFRESH_TOKEN_SIZE - 1; place++)
		for (int c = 1; c < 256; c++) {
			memcpy(text, vectors[0].token, sizeof(text));
			text[place] = (char)c;
			if (refresh_token_parse(text, &token) != (strchr(alphabet, c) != NULL))
				fail_msg("character %d at %zu", c, place);
		}
}

static void
a_new_token_is_another_each_time_in_both_its_parts(void **state)
{
	struct refresh_token one, other;

	(void)state;
	assert_int_equal(refresh_token_new(&one), ERR_OK);
	assert_int_equal(refresh_token_new(&other), ERR_OK);

	assert_memory_not_equal(one.selector, other.selector, sizeof(one.selector));
	assert_memory_not_equal(one.secret, other.secret, sizeof(one.secret));
}

static void
a_successor_depends_on_the_secret_the_selector_and_the_salt(void **state)
{
	const unsigned char salt[REFRESH_TOKEN_SALT_LEN] = "salt", pepper[sizeof(salt)] = "pepper";
	struct refresh_token token, next, with_other;

	(void)state;
	assert_true(refresh_token_parse(vectors[0].token, &token));
	assert_int_equal(refresh_token_succeed(&token, salt, &next), ERR_OK);

	assert_memory_equal(next.selector, token.selector, sizeof(next.selector));
	assert_memory_not_equal(next.secret, token.secret, sizeof(next.secret));
	assert_int_equal(refresh_token_succeed(&token, pepper, &with_other), ERR_OK);
	assert_memory_not_equal(next.secret, with_other.secret, sizeof(next.secret));
	token.selector[15] ^= 1;
	assert_int_equal(refresh_token_succeed(&token, salt, &with_other), ERR_OK);
	assert_memory_not_equal(next.secret, with_other.secret, sizeof(next.secret));
}

static void
a_token_can_become_its_own_successor(void **state)
{
	unsigned char salt[REFRESH_TOKEN_SALT_LEN];
	char text[REFRESH_TOKEN_SIZE];
	struct refresh_token token;

	(void)state;
	assert_true(refresh_token_parse(vectors[0].token, &token));
	read_hex(vectors[0].salt, salt, sizeof(salt));

	assert_int_equal(refresh_token_succeed(&token, salt, &token), ERR_OK);

	refresh_token_format(&token, text);
	assert_string_equal(text, vectors[0].successor);
}

static void
a_cleared_token_has_no_byte_left(void **state)
{
	static const struct refresh_token nothing;
	struct refresh_token token;

	(void)state;
	assert_true(refresh_token_parse(vectors[0].token, &token));

	refresh_token_clear(&token);

	assert_memory_equal(&token, &nothing, sizeof(token));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    id_digest_and_successor_are_what_another_program_makes_of_a_token),
		cmocka_unit_test(a_token_that_was_read_is_written_the_same),
		cmocka_unit_test(every_other_spelling_is_refused_and_leaves_nothing),
		cmocka_unit_test(a_new_token_is_another_each_time_in_both_its_parts),
		cmocka_unit_test(a_successor_depends_on_the_secret_the_selector_and_the_salt),
		cmocka_unit_test(a_token_can_become_its_own_successor),
		cmocka_unit_test(a_cleared_token_has_no_byte_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
