/* scope: lists of scope tokens, separated by single spaces (RFC 6749, section 3.3). */
#include "text/scope.h"

#include <stdio.h>
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

static size_t
token_len(const char *list)
{
	return strcspn(list, " ");
}

/* The list that begins with the next token. */
static const char *
after_token(const char *list)
{
	size_t len = token_len(list);

	return list + len + (list[len] == ' ');
}

static bool
has(const char *list, const char *token, size_t len)
{
	for (; list != NULL && *list != '\0'; list = after_token(list))
		if (token_len(list) == len && memcmp(list, token, len) == 0)
			return true;
	return false;
}

size_t
scope_count(const char *list)
{
	size_t count = 0;

	for (; *list != '\0'; list = after_token(list))
		count++;
	return count;
}

bool
scope_has(const char *list, const char *token)
{
	return has(list, token, strlen(token));
}

bool
scope_is_within(const char *list, const char *allowed, const char *also_allowed)
{
	for (; *list != '\0'; list = after_token(list)) {
		size_t len = token_len(list);

		if (!has(allowed, list, len) && !has(also_allowed, list, len))
			return false;
	}
	return true;
}

bool
scope_share(const char *list, const char *other)
{
	for (; *list != '\0'; list = after_token(list))
		if (has(other, list, token_len(list)))
			return true;
	return false;
}

void
scope_narrow(char *list, const char *allowed, const char *also_allowed)
{
	char *end = list;	/* of what stays; never ahead of what is looked at */

	for (const char *rest = list, *next; *rest != '\0'; rest = next) {
		size_t len = token_len(rest);

		next = after_token(rest);
		if (!has(allowed, rest, len) && !has(also_allowed, rest, len))
			continue;
		if (end != list)
			*end++ = ' ';
		memmove(end, rest, len);
		end += len;
	}
	*end = '\0';
}

bool
scope_append(char list[SCOPE_LEN_MAX + 1], const char *more)
{
	const char *space = *list != '\0' && *more != '\0' ? " " : "";
	size_t len = strlen(list);

	if (len + strlen(space) + strlen(more) > SCOPE_LEN_MAX)
		return false;
	if (scope_count(list) + scope_count(more) > SCOPE_TOKENS_MAX)
		return false;
	snprintf(list + len, SCOPE_LEN_MAX + 1 - len, "%s%s", space, more);
	return true;
}
