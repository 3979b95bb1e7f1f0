/* test_plain_http: at which addresses browsers keep the cookie that signs them in. */
#include "config/plain_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The setting is not written to. */
static struct config
config_of(const char *issuer)
{
	return (struct config){ .signin = true, .issuer = (char *)(uintptr_t)issuer };
}

static void
a_plain_http_address_of_another_host_is_a_fault(void **state)
{
	static const char *const bad[] = {
		"http://example.org", "http://example.org/a", "HTTP://example.org",
		"http://192.0.2.1:8000", "http://localhost.example.org", "http://notlocalhost",
		"http://[2001:db8::1]", "http://1127.0.0.1", "http://",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config config = config_of(bad[i]);

		if (plain_http_find_fault(&config) == NULL)
			fail_msg("%s is none", bad[i]);
		config.insecure_cookie = true;
		assert_null(plain_http_find_fault(&config));
		config.insecure_cookie = config.signin = false;
		assert_null(plain_http_find_fault(&config));
	}
}

static void
https_and_loopback_and_what_is_no_address_are_none(void **state)
{
	static const char *const good[] = {
		"https://example.org", "bearward", "http://localhost", "http://localhost:8000/a",
		"http://LOCALHOST", "http://app.localhost", "http://127.0.0.1:8000",
		"http://127.1.2.3", "http://[::1]", "http://[::1]:8000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct config config = config_of(good[i]);

		if (plain_http_find_fault(&config) != NULL)
			fail_msg("%s is one", good[i]);
	}
}

static void
a_cookie_for_plain_http_is_a_risk(void **state)
{
	struct config config = config_of("http://example.org");

	(void)state;
	assert_null(plain_http_find_risk(&config));
	config.insecure_cookie = true;
	assert_non_null(plain_http_find_risk(&config));
	config.signin = false;
	assert_null(plain_http_find_risk(&config));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_http_address_of_another_host_is_a_fault),
		cmocka_unit_test(https_and_loopback_and_what_is_no_address_are_none),
		cmocka_unit_test(a_cookie_for_plain_http_is_a_risk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
