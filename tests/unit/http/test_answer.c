/* test_answer: the one table of what clients are told about errors. */
#include "http/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* RFC 6749, section 5.2: what an error_description may be made of. */
static bool
is_description(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
			return false;
	return true;
}

static void
every_error_has_an_answer_in_every_dialect(void **state)
{
	static const char *const names[] = { "fastapi", "rfc" };

	(void)state;
	for (int err = ERR_NOT_FOUND; err <= ERR_SETUP; err++) {
		for (size_t i = 0; i < 2; i++) {
			struct answer answer = answer_of((enum err)err, dialect_find(names[i]));

			assert_non_null(err_name((enum err)err));
			assert_in_range(answer.status, 400, 503);
			assert_true(is_description(answer.text));
		}
	}
}

static void
every_401_carries_a_challenge(void **state)
{
	(void)state;
	for (int err = ERR_NOT_FOUND; err <= ERR_SETUP; err++) {
		struct answer answer = answer_of((enum err)err, dialect_find("fastapi"));

		if (answer.status == 401)
			assert_int_not_equal(answer.challenge, CHALLENGE_NONE);
	}
}

static void
a_gateway_hears_401_403_or_503_and_nothing_else(void **state)
{
	(void)state;
	for (int err = ERR_NOT_FOUND; err <= ERR_SETUP; err++) {
		const struct dialect *dialect = dialect_find("rfc");
		struct answer answer = answer_of_gateway((enum err)err, dialect);
		int usual = answer_of((enum err)err, dialect).status;

		switch (answer.status) {
		case 401:
			assert_true(usual == 401 || usual == 400);
			break;
		case 403:
			assert_int_equal(usual, 403);
			break;
		default:
			assert_int_equal(answer.status, 503);
			assert_true(answer.retry_after > 0);
		}
	}
	assert_int_equal(answer_of_gateway(ERR_AUTHORIZATION,
	    dialect_find("fastapi")).status, 401);
	assert_int_equal(answer_of_gateway(ERR_INTERNAL,
	    dialect_find("fastapi")).status, 503);
}

static void
every_429_and_503_says_when_to_retry(void **state)
{
	(void)state;
	for (int err = ERR_NOT_FOUND; err <= ERR_SETUP; err++) {
		struct answer answer = answer_of((enum err)err, dialect_find("rfc"));

		if (answer.status == 429 || answer.status == 503)
			assert_true(answer.retry_after > 0);
	}
}

static void
the_dialects_part_at_three_statuses_of_errors(void **state)
{
	static const struct { enum err err; int fastapi, rfc; } parting[] = {
		{ ERR_CREDENTIALS, 401, 400 }, { ERR_MISSING, 422, 400 }, { ERR_JSON, 422, 400 },
		{ ERR_FIELDS, 422, 422 }, { ERR_NAME_TAKEN, 409, 409 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parting) / sizeof(parting[0]); i++) {
		assert_int_equal(answer_of(parting[i].err, dialect_find("fastapi")).status,
		    parting[i].fastapi);
		assert_int_equal(answer_of(parting[i].err, dialect_find("rfc")).status,
		    parting[i].rfc);
	}
	assert_null(dialect_find("other"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_an_answer_in_every_dialect),
		cmocka_unit_test(every_401_carries_a_challenge),
		cmocka_unit_test(a_gateway_hears_401_403_or_503_and_nothing_else),
		cmocka_unit_test(every_429_and_503_says_when_to_retry),
		cmocka_unit_test(the_dialects_part_at_three_statuses_of_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
