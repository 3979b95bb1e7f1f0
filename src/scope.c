/* scope: lists of scope tokens, separated by single spaces (RFC 6749, section 3.3). */
#include "scope.h"

#include <stddef.h>
#include <string.h>

static bool
is_scope_character(unsigned char c)
{
	return c == 0x21 || (c >= 0x23 && c <= 0x5b) || (c >= 0x5d && c <= 0x7e);
}

bool
scope_is_valid(const char *list)
{
	size_t tokens = 0, len = 0;

	if (*list == '\0')
		return true;
	for (const char *c = list; *c != '\0'; c++, len++) {
		if (is_scope_character((unsigned char)*c))
			continue;
		/* A separator stands alone, between two tokens. */
		if (*c != ' ' || c == list || c[1] == ' ' || c[1] == '\0')
			return false;
		tokens++;
	}
	return len <= SCOPE_LEN_MAX && tokens + 1 <= SCOPE_TOKENS_MAX;
}

static bool
has(const char *list, const char *token, size_t token_len)
{
	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " ");

		if (len == token_len && memcmp(list, token, len) == 0)
			return true;
		list += len + (list[len] == ' ');
	}
	return false;
}

bool
scope_has(const char *list, const char *token)
{
	return has(list, token, strlen(token));
}

bool
scope_is_within(const char *list, const char *allowed, const char *also_allowed)
{
	while (*list != '\0') {
		size_t len = strcspn(list, " ");

		if (!has(allowed, list, len) && !has(also_allowed, list, len))
			return false;
		list += len + (list[len] == ' ');
	}
	return true;
}
