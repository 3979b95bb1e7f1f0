/* definition: reads the text of a CREATE statement for what SQLite does not tell otherwise. */
#include "store/sqlite/definition.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A word, name, number, text, or one character of anything else. */
struct token {
	const char *start;	/* borrowed */
	size_t len;		/* 0: the end of the text */
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Skips blanks and comments. */
static const char *
skip_blanks(const char *at)
{
	for (;;) {
		const char *end = NULL;

		while (isspace((unsigned char)*at))
			at++;
		if (strncmp(at, "--", 2) == 0)
			end = strchr(at, '\n');
		else if (strncmp(at, "/*", 2) == 0)
			end = strstr(at + 2, "*/");
		else
			return at;
		at = end == NULL ? at + strlen(at) : *end == '\n' ? end + 1 : end + 2;
	}
}

/* Returns the length of a text or name between quotes, which may stand in it doubled. */
static size_t
quoted_len(const char *start)
{
	char close = *start == '[' ? ']' : *start;
	const char *at = start + 1;

	for (; *at != '\0'; at++) {
		if (*at != close)
			continue;
		if (close == ']' || at[1] != close)
			return (size_t)(at + 1 - start);
		at++;
	}
	return (size_t)(at - start);
}

/* Takes the next token from *at. */
static struct token
next(const char **at)
{
	struct token token = { .start = skip_blanks(*at) };

	if (*token.start == '\0')
		token.len = 0;
	else if (strchr("'\"`[", *token.start) != NULL)
		token.len = quoted_len(token.start);
	else
		for (token.len = 1; is_word(*token.start) && is_word(token.start[token.len]); )
			token.len++;
	*at = token.start + token.len;
	return token;
}

static bool
is(const struct token *token, const char *word)
{
	return token->len == strlen(word) && strncasecmp(token->start, word, token->len) == 0;
}

/* Returns whether the token is that name, in quotes or without. */
static bool
is_name(const struct token *token, const char *name)
{
	const bool is_quoted = token->len >= 2 && strchr("'\"`[", *token->start) != NULL;
	const char *at = token->start + is_quoted, *end = token->start + token->len - is_quoted;

	for (; at < end && *name != '\0'; at++, name++) {
		if (tolower((unsigned char)*at) != tolower((unsigned char)*name))
			return false;
		if (is_quoted && *at == *token->start)
			at++;	/* the second of two */
	}
	return at == end && *name == '\0';
}

/* Skips what is in the parenthesis that is open; *at is behind the one that closes it then. */
static const char *
skip_parenthesis(const char **at)
{
	struct token token;

	for (int depth = 1; depth > 0; ) {
		token = next(at);
		if (token.len == 0)
			return *at;
		depth += is(&token, "(");
		depth -= is(&token, ")");
	}
	return token.start;
}

/*
 * Looks for AS and a parenthesis in the definition of a column, the name of which has been read.
 * *at is behind the comma, or at the end, where there is none.
 */
static bool
find_expression(const char **at, struct token *found)
{
	struct token token, before = {0};

	while ((token = next(at)).len > 0 && !is(&token, ",") && !is(&token, ")")) {
		const char *start = *at;
		const char *end = is(&token, "(") ? skip_parenthesis(at) : NULL;

		if (end != NULL && is(&before, "AS")) {
			*found = (struct token){ start, (size_t)(end - start) };
			return true;
		}
		before = token;
	}
	return false;
}

enum err
definition_find_expression(const char *sql, const char *column, char **expression)
{
	struct token token, found;
	const char *at = sql;

	*expression = NULL;
	while ((token = next(&at)).len > 0 && !is(&token, "("))
		continue;
	while ((token = next(&at)).len > 0) {
		bool is_wanted = is_name(&token, column);

		if (!find_expression(&at, &found)) {
			if (is_wanted)
				return ERR_OK;
			continue;
		}
		if (is_wanted) {
			*expression = strndup(found.start, found.len);
			return *expression != NULL ? ERR_OK : ERR_MEMORY;
		}
		/* The rest of the definition, up to its comma. */
		while ((token = next(&at)).len > 0 && !is(&token, ","))
			if (is(&token, "("))
				(void)skip_parenthesis(&at);
	}
	return ERR_OK;
}

enum err
definition_rename(const char *sql, const char *name, char **renamed)
{
	struct token token;
	const char *at = sql;
	char *text;	/* sqlite3_free() it */

	while ((token = next(&at)).len > 0 && !is(&token, "INDEX") && !is(&token, "VIEW"))
		continue;
	token = next(&at);
	text = sqlite3_mprintf("%.*s\"%w\"%s", (int)(token.start - sql), sql, name, at);
	*renamed = text != NULL ? strdup(text) : NULL;
	sqlite3_free(text);
	return *renamed != NULL ? ERR_OK : ERR_MEMORY;
}
