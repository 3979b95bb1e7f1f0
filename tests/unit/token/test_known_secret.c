/* test_known_secret: which secrets anyone could have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"
#include "token/known_secret.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))

static void
expect_fault(const char *secret, const char *words)
{
	const char *fault = known_secret_find_fault(secret, strlen(secret));

	if (fault == NULL || strstr(fault, words) == NULL)
		fail_msg("%s: expected \"%s\", came \"%s\"", secret, words,
		    fault == NULL ? "nothing" : fault);
	assert_null(strstr(fault, secret));
}

static void
published_secrets_are_named_by_where_they_are_published(void **state)
{
	static const struct {
		const char *secret;
		const char *place;
	} published[] = {
		{ "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "FastAPI" },
		{ "09D25E094FAA6CA2556C818166B7A9563B93F7099F6F0F4CAA6CF63B88E8D3E7", "FastAPI" },
		{ "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf", "Flask" },
		{ "a-string-secret-at-least-256-bits-long", "jwt.io" },
		{ "your-super-secret-jwt-token-with-at-least-32-characters-long", "Supabase" },
		{ "reallyreallyreallyreallyverysafe", "PostgREST" },
		{ "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970", "Spring" },
		{ "======================BezKoder=Spring===========================", "Spring" },
		{ "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, "
		  "IT CAN BE ANY STRING", "ASP.NET" },
		{ "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"
		  "-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow", "RFC 7515" },
		{ "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg", "RFC 7520" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(published); i++)
		expect_fault(published[i].secret, published[i].place);
}

static void
trivial_secrets_are_told(void **state)
{
	static const struct {
		const char *secret;
		const char *words;
	} trivial[] = {
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "few different" },
		{ "00000000000000000000000000000000000000000000", "few different" },
		{ "changemechangemechangemechangeme", "repeated" },
		{ "01100110011001100110011001100110", "few different" },
		{ "abcdefghijklmnopqrstuvwxyz012345", "sequence" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "sequence" },
		{ "01234567890123456789012345678901", "sequence" },
		{ "zyxwvutsrqponmlkjihgfedcba9876543210", "sequence" },
		{ "correct-horse-7correct-horse-7correct-horse-7", "repeated" },
		{ "my-password:1234my-password:1234", "repeated" },
		{ "my-password:1234my-password:1234my-pass", "repeated" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(trivial); i++)
		expect_fault(trivial[i].secret, trivial[i].words);
}

static void
expect_no_fault(const char *secret, size_t len)
{
	const char *fault = known_secret_find_fault(secret, len);

	if (fault != NULL)
		fail_msg("%.*s: %s", (int)len, secret, fault);
}

static void
random_secrets_are_not_taken_for_known_ones(void **state)
{
	static const char *const alphabets[] = {
		"0123456789abcdef", "0123456789", "abcdefghijklmnopqrstuvwxyz",
	};
	unsigned char random[64];
	char secret[64];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		const char *alphabet = alphabets[(size_t)round % COUNT(alphabets)];

		assert_int_equal(secret_random(random, sizeof(random)), 0);
		for (size_t i = 0; i < sizeof(random); i++)
			secret[i] = alphabet[random[i] % strlen(alphabet)];
		expect_no_fault(secret, sizeof(secret));
	}
}

/* What is but like a published secret may be anyone's own. */
static void
only_the_whole_secret_counts(void **state)
{
	static const char *const own[] = {
		"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e8",
		"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e",
		"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e70",
		"correct horse battery staple, and more",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(own); i++)
		expect_no_fault(own[i], strlen(own[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_secrets_are_named_by_where_they_are_published),
		cmocka_unit_test(trivial_secrets_are_told),
		cmocka_unit_test(random_secrets_are_not_taken_for_known_ones),
		cmocka_unit_test(only_the_whole_secret_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
