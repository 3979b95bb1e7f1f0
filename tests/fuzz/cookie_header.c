/*
 * cookie_header: what a browser sends. The value that is found is the only one of its name, by
 * another hand than ours: RFC 6265, section 5.4, has pairs between "; ", and blanks count little.
 */
#include "fuzz.h"

#include "http/cookie.h"

#define NAME "n"

enum { VALUE_LEN = 3 };

/* Counts the cookies of the name, and copies the value of the last. */
static size_t
count(const char *header, char *value)
{
	char *copy = strdup(header), *rest = copy, *pair;
	size_t found = 0;

	assert(copy != NULL);
	while ((pair = strsep(&rest, ";")) != NULL) {
		pair += strspn(pair, " ");
		if (strncmp(pair, NAME "=", strlen(NAME "=")) != 0)
			continue;
		found++;
		strcpy(value, pair + strlen(NAME "="));
	}
	free(copy);
	return found;
}

static bool
is_value(const char *value)
{
	return strlen(value) == VALUE_LEN && strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_") == VALUE_LEN;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char variable[] = "HTTP_COOKIE=";
	char *header = fuzz_text(data, size), *expected = calloc(1, size + 1);
	char *param = malloc(sizeof(variable) + size), *value = malloc(VALUE_LEN + 1);
	char *params[] = { param, NULL };
	const struct wire wire = { .params = params };
	size_t found;
	bool is_found;

	assert(expected != NULL && param != NULL && value != NULL);
	strcpy(stpcpy(param, variable), header);
	found = count(header, expected);
	is_found = cookie_find(&wire, NAME, value, VALUE_LEN + 1);

	assert(is_found == (found == 1 && is_value(expected) &&
	    strlen(header) <= COOKIE_HEADER_MAX));
	assert(strcmp(value, is_found ? expected : "") == 0);
	if (strlen(header) <= COOKIE_HEADER_MAX)
		assert(cookie_is_repeated(&wire, NAME) == (found > 1));
	free(value);
	free(param);
	free(expected);
	free(header);
	return 0;
}
