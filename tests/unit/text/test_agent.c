/* test_agent: names of programs, by their header User-Agent. */
#include "text/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "
#define APPLE_WEBKIT "AppleWebKit/605.1.15 (KHTML, like Gecko) "

struct vector {
	const char *header, *name;
};

static void
check(const struct vector *vectors, size_t count)
{
	char name[AGENT_SIZE];

	for (size_t i = 0; i < count; i++) {
		agent_name(vectors[i].header, name);
		assert_string_equal(name, vectors[i].name);
	}
}

#define CHECK(vectors) check(vectors, sizeof(vectors) / sizeof((vectors)[0]))

static void
a_browser_is_named_with_its_system(void **state)
{
	static const struct vector vectors[] = {
		{ "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
		  "Firefox on Linux" },
		{ "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		  "Firefox on Linux" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 "
		  "Firefox/131.0", "Firefox on Windows" },
		{ "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0",
		  "Firefox on Android" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) " APPLE_WEBKIT
		  "FxiOS/131.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT
		  "Chrome/129.0.0.0 Safari/537.36", "Chrome on Windows" },
		{ "Mozilla/5.0 (Linux; Android 10; K) " WEBKIT
		  "Chrome/129.0.0.0 Mobile Safari/537.36", "Chrome on Android" },
		{ "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " WEBKIT
		  "Chrome/129.0.0.0 Safari/537.36", "Chrome on ChromeOS" },
		{ "Mozilla/5.0 (X11; Linux x86_64) " WEBKIT
		  "HeadlessChrome/129.0.0.0 Safari/537.36", "Chrome on Linux" },
		{ "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) " APPLE_WEBKIT
		  "CriOS/129.0.6668.69 Mobile/15E148 Safari/604.1", "Chrome on iPad" },
		{ "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " APPLE_WEBKIT
		  "Version/17.6 Safari/605.1.15", "Safari on macOS" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) " APPLE_WEBKIT
		  "Version/17.6 Mobile/15E148 Safari/604.1", "Safari on iPhone" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT
		  "Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0", "Edge on Windows" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT
		  "Chrome/129.0.0.0 Safari/537.36 OPR/114.0.0.0", "Opera on Windows" },
		{ "Mozilla/5.0 (Linux; Android 10; K) " WEBKIT
		  "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
		  "Samsung Internet on Android" },
		{ "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
		  "Internet Explorer on Windows" },
		{ "Mozilla/5.0 (X11; FreeBSD amd64; rv:128.0) Gecko/20100101 Firefox/128.0",
		  "Firefox on FreeBSD" },
		{ "Shop/7 CFNetwork/1498.700.2 Darwin/23.6.0", "an app on an Apple device" },
		{ "Firefox/131.0", "Firefox" },
	};

	(void)state;
	CHECK(vectors);
}

static void
another_program_of_the_table_is_named_alone(void **state)
{
	static const struct vector vectors[] = {
		{ "curl/7.88.1", "curl" },
		{ "Wget/1.21.3", "wget" },
		{ "python-httpx/0.23.3", "python-httpx" },
		{ "python-requests/2.28.1", "python-requests" },
		{ "Python-urllib/3.11", "python-urllib" },
		{ "Python/3.11 aiohttp/3.8.4", "aiohttp" },
		{ "Authlib/1.2.0 (+https://authlib.org/)", "Authlib" },
		{ "okhttp/4.12.0", "okhttp" },
		{ "Go-http-client/1.1", "Go" },
		{ "Apache-HttpClient/4.5.14 (Java/17.0.12)", "Apache HttpClient" },
		{ "Java-http-client/17.0.12", "Java" },
		{ "Java/1.8.0_422", "Java" },
		{ "axios/1.7.7", "axios" },
		{ "node", "Node.js" },
		{ "oauth4webapi/v3.1.1", "oauth4webapi" },
		{ "openid-client/v6.1.3", "openid-client" },
		{ "Dart/3.5 (dart:io)", "Dart" },
		{ "PostmanRuntime/7.42.0", "Postman" },
		{ "HTTPie/3.2.1", "HTTPie" },
		{ "Faraday v2.7.1", "Faraday" },
		{ "Ruby", "Ruby" },
		{ "GuzzleHttp/7", "Guzzle" },
		{ "libwww-perl/6.68", "libwww-perl" },
		{ "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.22621",
		  "PowerShell" },
		{ "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " WEBKIT
		  "Chrome/128.0.0.0 Electron/32.1.2 Safari/537.36", "Electron" },
	};

	(void)state;
	CHECK(vectors);
}

static void
nothing_is_copied_from_a_header_that_nobody_knows(void **state)
{
	static const struct vector vectors[] = {
		{ "acme-agent/7 (id 4711; alice@example.org)", "another program" },
		{ "Mozilla/5.0 (X11; Linux x86_64)", "another program" },
		{ "xcurl/1", "another program" },
		{ "curly/1", "another program" },
		{ "curl-like/1", "another program" },
		{ "\x1b[2Jhello", "another program" },
		{ "\xff\xfe", "another program" },
		{ " ", "another program" },
		{ "curl", "curl" },
		{ "not-curl curl/8 alice", "curl" },
		{ "Firefox \x1b[2J (Linux)", "Firefox on Linux" },
		{ "", "" },
		{ NULL, "" },
	};

	(void)state;
	CHECK(vectors);
}

static void
a_header_of_any_length_is_read(void **state)
{
	static char header[65536];
	char name[AGENT_SIZE];

	(void)state;
	memset(header, 'c', sizeof(header) - 1);
	agent_name(header, name);
	assert_string_equal(name, "another program");

	strcpy(header + sizeof(header) - sizeof(" curl/8"), " curl/8");
	agent_name(header, name);
	assert_string_equal(name, "curl");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_browser_is_named_with_its_system),
		cmocka_unit_test(another_program_of_the_table_is_named_alone),
		cmocka_unit_test(nothing_is_copied_from_a_header_that_nobody_knows),
		cmocka_unit_test(a_header_of_any_length_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
