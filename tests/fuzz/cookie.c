/*
 * cookie: a name and a value, a line each. A header that is written has both as they came, and
 * nothing in them that a browser would take for something else.
 */
#include "fuzz.h"

#include "http/cookie.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *buffer = malloc(COOKIE_SIZE);
	const char *name = strsep(&rest, "\n"), *value = rest == NULL ? "" : rest;
	char expected[COOKIE_SIZE];
	const struct cookie cookie = {
		.name = name, .value = value, .is_insecure = size % 2 == 0,
		.max_age = size % 3 == 0 ? 0 : (long)size * 1000003,
	};

	assert(buffer != NULL);
	if (cookie_format(&cookie, buffer)) {
		snprintf(expected, sizeof(expected), "%s=%s; Path=/", name, value);
		assert(*name != '\0' && strncmp(buffer, expected, strlen(expected)) == 0);
		assert(strpbrk(name, "\r\n;,= \t\"\\") == NULL);
		assert(strpbrk(value, "\r\n;,= \t\"\\") == NULL);
		assert(strstr(buffer, "; HttpOnly; SameSite=Lax") != NULL);
		assert((strstr(buffer, "; Secure") == NULL) == cookie.is_insecure);
		assert((strstr(buffer, "; Max-Age=0;") != NULL) == (*value == '\0'));
		for (const char *c = buffer; *c != '\0'; c++)
			assert(*c >= 0x20 && *c <= 0x7e);
	} else {
		assert(*buffer == '\0');
	}
	free(buffer);
	free(text);
	return 0;
}
