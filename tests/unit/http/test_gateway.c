/* test_gateway: what a web server demands is understood as a whole, or nobody passes. */
#include "http/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct config usual = { .verify = VERIFICATION_REVOCATION_AWARE };

typedef enum err read_demands(const struct request *request, struct gateway_demands *demands);

/* Reads parameters, NULL after the last; they must outlive what is read. */
static enum err
read_with(read_demands *read, const char *const *params, struct gateway_demands *demands)
{
	struct wire wire = { .params = (char *const *)params };
	const struct request request = { .wire = &wire };

	return read(&request, demands);
}

static enum err
read_usual(const struct request *request, struct gateway_demands *demands)
{
	return gateway_demands(request, &usual, demands);
}

/* Reads one parameter. */
static enum err
read_one(const char *param, struct gateway_demands *demands)
{
	return read_with(read_usual, (const char *const[]){ param, NULL }, demands);
}

static void
nothing_is_demanded_unless_it_is_said(void **state)
{
	static const char *const params[] = {
		"HTTP_REQUIRED_SCOPE=x", "HTTP_SIGNIN=/x", "HTTP_ALLOW_CROSS_SITE=yes",
		"XREQUIRED_SCOPE=x", "REDIRECT_REQUIRED_SCOPE=x", "required_group=x", "SIGN=x",
		"IDENTITY_OF=x", "REQUEST_URI=/", NULL,
	};
	struct gateway_demands demands;

	(void)state;
	assert_int_equal(read_with(read_usual, params, &demands), ERR_OK);
	assert_string_equal(demands.requirements.scope, "");
	assert_string_equal(demands.requirements.audience, "");
	assert_string_equal(demands.requirements.group, "");
	assert_int_equal(demands.requirements.age, 0);
	assert_string_equal(demands.signin, "");
	assert_false(demands.redirects || demands.allows_cross_site);
	assert_int_equal(demands.names, REPLY_NAMES_ENCODED);
}

static void
everything_that_is_said_is_demanded(void **state)
{
	static const char *const params[] = {
		"REQUIRED_SCOPE=a b", "REQUIRED_AUD=https://x/", "REQUIRED_GROUP=staff chess.club",
		"REQUIRED_AGE=300", "SIGNIN=https://id.example/signin", "SIGNIN_BY=redirect",
		"ALLOW_CROSS_SITE=yes", "IDENTITY=utf-8", NULL,
	};
	struct gateway_demands demands;

	(void)state;
	assert_int_equal(read_with(read_usual, params, &demands), ERR_OK);
	assert_string_equal(demands.requirements.scope, "a b");
	assert_string_equal(demands.requirements.audience, "https://x/");
	assert_string_equal(demands.requirements.group, "staff chess.club");
	assert_int_equal(demands.requirements.age, 300);
	assert_string_equal(demands.signin, "https://id.example/signin");
	assert_true(demands.redirects && demands.allows_cross_site);
	assert_int_equal(demands.names, REPLY_NAMES_UTF8);
}

static void
what_is_the_default_may_be_said(void **state)
{
	static const char *const params[] = {
		"SIGNIN=/auth/signin?x=1", "SIGNIN_BY=header", "ALLOW_CROSS_SITE=no",
		"IDENTITY=encoded", NULL,
	};
	struct gateway_demands demands;

	(void)state;
	assert_int_equal(read_with(read_usual, params, &demands), ERR_OK);
	assert_string_equal(demands.signin, "/auth/signin?x=1");
	assert_false(demands.redirects || demands.allows_cross_site);
	assert_int_equal(demands.names, REPLY_NAMES_ENCODED);
}

static void
what_cannot_be_understood_admits_nobody(void **state)
{
	static const char *const params[] = {
		"REQUIRED_SCOPE=", "REQUIRED_SCOPE", "REQUIRED_SCOPE=a  b", "REQUIRED_AUD=",
		"REQUIRED_GROUP=", "REQUIRED_GROUP= staff", "REQUIRED_GROUP=\"staff\"",
		"REQUIRED_GROUP=St\xc3\xa4mme",
		"REQUIRED_AGE=", "REQUIRED_AGE=0", "REQUIRED_AGE=-1", "REQUIRED_AGE=5m",
		"REQUIRED_AGE= 5", "REQUIRED_AGE=+5", "REQUIRED_AGE=1234567890",
		"SIGNIN=", "SIGNIN=signin", "SIGNIN=//evil.example/", "SIGNIN=ftp://x/",
		"SIGNIN=https://", "SIGNIN=/a b", "SIGNIN=/a\r\nX-Auth-User:root", "SIGNIN=/a#b",
		"SIGNIN=/a\\b", "SIGNIN=/\xc3\xbc", "SIGNIN=javascript:x",
		"SIGNIN_BY=", "SIGNIN_BY=Header", "SIGNIN_BY=303", "ALLOW_CROSS_SITE=",
		"ALLOW_CROSS_SITE=1", "ALLOW_CROSS_SITE=on", "IDENTITY=", "IDENTITY=UTF-8",
		"REQUIRED_=x", "REQUIRED_SCOPES=x", "REQUIRED_USER=bob", "REQUIRED_ACR=x",
		"SIGNIN_URL=/x", "SIGNING=x", "ALLOW_=yes", "ALLOW_ANYBODY=yes",
	};
	struct gateway_demands demands;

	(void)state;
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++)
		if (read_one(params[i], &demands) != ERR_SETUP)
			fail_msg("taken: %s", params[i]);
}

static void
an_address_for_signing_in_has_512_bytes_at_most(void **state)
{
	struct gateway_demands demands;
	char param[sizeof("SIGNIN=") + 513];

	(void)state;
	memset(param, 'x', sizeof(param));
	memcpy(param, "SIGNIN=/", strlen("SIGNIN=/"));
	param[strlen("SIGNIN=") + 512] = '\0';
	assert_int_equal(read_one(param, &demands), ERR_OK);
	param[strlen("SIGNIN=") + 512] = 'x';
	param[strlen("SIGNIN=") + 513] = '\0';
	assert_int_equal(read_one(param, &demands), ERR_SETUP);
}

static void
a_demand_that_is_said_twice_admits_nobody(void **state)
{
	static const char *const names[] = {
		"REQUIRED_SCOPE=a", "REQUIRED_AUD=a", "REQUIRED_GROUP=a", "REQUIRED_AGE=1",
		"SIGNIN=/", "SIGNIN_BY=header", "ALLOW_CROSS_SITE=no", "IDENTITY=utf-8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *const params[] = { names[i], "X=y", names[i], NULL };
		struct gateway_demands demands;

		assert_int_equal(read_with(read_usual, params, &demands), ERR_SETUP);
	}
}

static enum err
read_stateless(const struct request *request, struct gateway_demands *demands)
{
	static const struct config stateless = { .verify = VERIFICATION_STATELESS };

	return gateway_demands(request, &stateless, demands);
}

static void
what_takes_the_database_admits_nobody_where_it_is_not_asked(void **state)
{
	static const struct { const char *param; enum err err; } rows[] = {
		{ "REQUIRED_SCOPE=a", ERR_OK }, { "REQUIRED_AUD=a", ERR_OK },
		{ "IDENTITY=utf-8", ERR_OK }, { "REQUIRED_GROUP=a", ERR_SETUP },
		{ "REQUIRED_AGE=1", ERR_SETUP }, { "SIGNIN=/signin", ERR_SETUP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const params[] = { rows[i].param, NULL };
		struct gateway_demands demands;

		assert_int_equal(read_with(read_stateless, params, &demands), rows[i].err);
	}
}

static void
apache_says_it_after_any_number_of_redirects(void **state)
{
	static const char *const params[] = {
		"REQUIRED_SCOPE=x", "REDIRECT_REQUIRED_GROUP=staff", "REDIRECT_STATUS=401",
		"REDIRECT_REDIRECT_REQUIRED_GROUP=staff", "REDIRECT_REDIRECT_REDIRECT_SIGNIN=/s",
		NULL,
	};
	static const char *const wrong[][3] = {
		{ "REDIRECT_REQUIRED_GROUP=staff", "REDIRECT_REDIRECT_REQUIRED_GROUP=all", NULL },
		{ "REDIRECT_REQUIRED_USER=bob", NULL },
		{ "REDIRECT_REDIRECT_REQUIRED_AGE=", NULL },
	};
	struct gateway_demands demands;

	(void)state;
	assert_int_equal(read_with(gateway_redirected_demands, params, &demands), ERR_OK);
	assert_string_equal(demands.requirements.scope, "");
	assert_string_equal(demands.requirements.group, "staff");
	assert_string_equal(demands.signin, "/s");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(read_with(gateway_redirected_demands, wrong[i], &demands),
		    ERR_SETUP);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_demanded_unless_it_is_said),
		cmocka_unit_test(everything_that_is_said_is_demanded),
		cmocka_unit_test(what_is_the_default_may_be_said),
		cmocka_unit_test(what_cannot_be_understood_admits_nobody),
		cmocka_unit_test(an_address_for_signing_in_has_512_bytes_at_most),
		cmocka_unit_test(a_demand_that_is_said_twice_admits_nobody),
		cmocka_unit_test(what_takes_the_database_admits_nobody_where_it_is_not_asked),
		cmocka_unit_test(apache_says_it_after_any_number_of_redirects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
