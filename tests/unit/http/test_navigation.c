/* test_navigation: who made a browser ask. */
#include "http/navigation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { PARAMS_MAX = 8 };

/* A request, as the parameters that tell it; the first is NULL at its end. */
struct said {
	const char *params[PARAMS_MAX];
	bool expected;
};

static struct wire
wire_of(const struct said *said)
{
	return (struct wire){ .params = (char *const *)(uintptr_t)said->params };
}

#define GET "REQUEST_METHOD=GET"
#define HTML "HTTP_ACCEPT=text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
#define NAVIGATE "HTTP_SEC_FETCH_MODE=navigate"
#define DOCUMENT "HTTP_SEC_FETCH_DEST=document"

static void
a_page_that_is_opened_is_told_from_what_programs_and_pages_ask_for(void **state)
{
	static const struct said cases[] = {
		{ { GET, NAVIGATE, DOCUMENT }, true },
		{ { "REQUEST_METHOD=HEAD", NAVIGATE, DOCUMENT, "HTTP_ACCEPT=*/*" }, true },
		{ { GET, HTML }, true },
		/* what a service worker passes on */
		{ { GET, NAVIGATE, "HTTP_SEC_FETCH_DEST=empty", HTML }, true },
		{ { GET, "HTTP_ACCEPT=TEXT/HTML" }, true },
		{ { GET, HTML, "REDIRECT_REQUEST_METHOD=HEAD" }, true },
		{ { "REQUEST_METHOD=POST", HTML, "ASKED_METHOD=GET" }, true },
		/* a download */
		{ { GET, NAVIGATE, "HTTP_SEC_FETCH_DEST=empty", "HTTP_ACCEPT=*/*" }, false },
		/* a form, a frame, an image, fetch(), a script of old, a WebSocket, curl */
		{ { "REQUEST_METHOD=POST", NAVIGATE, DOCUMENT, HTML }, false },
		{ { GET, HTML, "REDIRECT_REQUEST_METHOD=POST" }, false },
		{ { GET, HTML, "REDIRECT_REDIRECT_REQUEST_METHOD=POST",
		    "REDIRECT_REQUEST_METHOD=GET" }, false },
		{ { GET, HTML, "ASKED_METHOD=POST" }, false },
		{ { GET, NAVIGATE, "HTTP_SEC_FETCH_DEST=iframe", HTML }, false },
		{ { GET, "HTTP_SEC_FETCH_MODE=no-cors", "HTTP_SEC_FETCH_DEST=image" }, false },
		{ { GET, "HTTP_SEC_FETCH_MODE=cors", "HTTP_SEC_FETCH_DEST=empty", HTML }, false },
		{ { GET, NAVIGATE, HTML }, false },
		{ { GET, DOCUMENT, HTML }, false },
		{ { GET, NAVIGATE, NAVIGATE, DOCUMENT }, false },
		{ { GET, HTML, "HTTP_X_REQUESTED_WITH=XMLHttpRequest" }, false },
		{ { GET, HTML, "HTTP_UPGRADE=websocket" }, false },
		{ { GET, "HTTP_ACCEPT=*/*" }, false },
		{ { GET }, false },
		{ { HTML }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire wire = wire_of(&cases[i]);

		if (navigation_is_persons(&wire) != cases[i].expected)
			fail_msg("case %zu is %sa person's", i, cases[i].expected ? "not " : "");
	}
}

#define SITE "HTTP_SEC_FETCH_SITE="
#define ORIGIN "HTTP_ORIGIN="
#define HOST "HTTP_HOST=example.org:8443"
#define OWN "https://auth.example.org/base"

static void
a_change_that_another_site_asks_for_is_told_from_our_own(void **state)
{
	static const struct said cases[] = {
		{ { SITE "same-origin" }, true },
		{ { SITE "none" }, true },
		/* What the browser says itself comes first. */
		{ { SITE "same-origin", ORIGIN "https://evil.example" }, true },
		{ { NULL }, true },
		{ { ORIGIN "https://auth.example.org" }, true },
		{ { ORIGIN "http://example.org:8443", HOST }, true },
		{ { ORIGIN "https://example.org:8443", HOST, "HTTPS=on" }, true },
		{ { ORIGIN "https://example.org:8443", HOST, "REQUEST_SCHEME=https" }, true },
		{ { ORIGIN "http://example.org:8443", HOST, "HTTPS=off" }, true },

		{ { SITE "same-site", ORIGIN "https://auth.example.org" }, false },
		{ { SITE "cross-site" }, false },
		{ { SITE "" }, false },
		{ { SITE "same-origin", SITE "same-origin" }, false },
		{ { ORIGIN "null", HOST }, false },
		{ { ORIGIN "" }, false },
		{ { ORIGIN "https://evil.example", HOST }, false },
		{ { ORIGIN "https://auth.example.org.evil.example" }, false },
		{ { ORIGIN "https://auth.example.or" }, false },
		{ { ORIGIN "https" }, false },
		{ { ORIGIN "http://auth.example.org" }, false },
		{ { ORIGIN "https://example.org:8443", HOST }, false },
		{ { ORIGIN "http://example.org:8443", HOST, "HTTPS=on" }, false },
		{ { ORIGIN "http://", "HTTP_HOST=" }, false },
		{ { ORIGIN "https://a.example.org", ORIGIN "https://a.example.org" }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire wire = wire_of(&cases[i]);

		if (navigation_is_same_origin(&wire, OWN) != cases[i].expected)
			fail_msg("case %zu: expected %d", i, cases[i].expected);
	}
}

static void
a_setting_that_is_no_address_allows_no_origin(void **state)
{
	static const struct said cases[] = {
		{ { ORIGIN "bearward" }, false },
		{ { ORIGIN "" }, false },
		{ { ORIGIN "http://localhost", "HTTP_HOST=localhost" }, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire wire = wire_of(&cases[i]);

		assert_int_equal(navigation_is_same_origin(&wire, "bearward"), cases[i].expected);
		assert_int_equal(navigation_is_same_origin(&wire, ""), cases[i].expected);
	}
}

static void
a_page_of_this_host_is_known_by_its_path(void **state)
{
	static const struct said cases[] = {
		{ { HOST, "HTTP_REFERER=https://example.org:8443/signin" }, true },
		{ { HOST, "HTTP_REFERER=https://example.org:8443/signin/" }, true },
		{ { HOST, "HTTP_REFERER=http://example.org:8443/base/signin?return=/a" }, true },

		{ { HOST, "HTTP_REFERER=https://example.org:8443/" }, false },
		{ { HOST, "HTTP_REFERER=https://example.org:8443/a?b=/signin" }, false },
		{ { HOST, "HTTP_REFERER=https://example.org:8443/signin/a" }, false },
		{ { HOST, "HTTP_REFERER=https://example.org/signin" }, false },
		{ { HOST, "HTTP_REFERER=https://example.org:8443.evil.example/signin" }, false },
		{ { HOST, "HTTP_REFERER=/signin" }, false },
		{ { HOST }, false },
		{ { "HTTP_REFERER=https:///signin" }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct wire wire = wire_of(&cases[i]);

		if (navigation_came_from(&wire, "/signin") != cases[i].expected)
			fail_msg("case %zu: expected %d", i, cases[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_page_that_is_opened_is_told_from_what_programs_and_pages_ask_for),
		cmocka_unit_test(a_change_that_another_site_asks_for_is_told_from_our_own),
		cmocka_unit_test(a_setting_that_is_no_address_allows_no_origin),
		cmocka_unit_test(a_page_of_this_host_is_known_by_its_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
