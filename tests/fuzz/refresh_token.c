/*
 * refresh_token: a text that is accepted is "bwr_" and 64 characters of base64url, and is written
 * again to the same; any selector and secret can be written and read.
 */
#include "fuzz.h"

#include <ctype.h>

#include "token/refresh_token.h"

static bool
is_token(const char *text)
{
	size_t len = 0;

	if (strncmp(text, "bwr_", 4) != 0)
		return false;
	for (text += 4; isalnum((unsigned char)*text) || *text == '-' || *text == '_'; text++)
		len++;
	return *text == '\0' && len == 64;
}

static void
check_text(const char *text)
{
	static const struct refresh_token nothing;
	struct refresh_token token;
	char again[REFRESH_TOKEN_SIZE];

	memset(&token, 1, sizeof(token));
	assert(refresh_token_parse(text, &token) == is_token(text));
	if (is_token(text)) {
		refresh_token_format(&token, again);
		assert(strcmp(again, text) == 0);
	} else {
		assert(memcmp(&token, &nothing, sizeof(token)) == 0);
	}
}

static void
check_bytes(const uint8_t *data, size_t size)
{
	struct refresh_token token = {0}, again, next;
	char text[REFRESH_TOKEN_SIZE];

	if (size > 0)
		memcpy(&token, data, size < sizeof(token) ? size : sizeof(token));
	refresh_token_format(&token, text);
	assert(is_token(text) && refresh_token_parse(text, &again));
	assert(memcmp(&again, &token, sizeof(token)) == 0);
	/* The first bytes do for a salt. */
	assert(refresh_token_succeed(&token, token.selector, &next) == ERR_OK);
	assert(memcmp(next.selector, token.selector, sizeof(next.selector)) == 0);
	assert(memcmp(next.secret, token.secret, sizeof(next.secret)) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_text(text);
	check_bytes(data, size);
	free(text);
	return 0;
}
