/* config_file: reads a file of `key = value` lines, line by line. */
#include "config/file.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	while (is_blank(*text))
		text++;
	len = strlen(text);
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

const char *
config_file_find_fault(const char *text, size_t len)
{
	if (!text_is_utf8(text, len))
		return "not UTF-8 text without NUL";
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\t' && iscntrl((unsigned char)text[i]))
			return "a control character";
	return NULL;
}

/* A '#' after a blank: somebody meant a comment, and would get it as part of the value. */
static bool
has_comment(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if (*c == '#' && c > value && is_blank(c[-1]))
			return true;
	return false;
}

/* Splits the text at the first '='; returns what is wrong with it, or NULL. */
static const char *
split(struct config_line *line, char *text)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text)
		return "expected key = value, or a comment after #";
	*equals = '\0';
	line->key = trim(text);
	line->value = trim(equals + 1);
	return has_comment(line->value) ? "a comment needs a line of its own" : NULL;
}

/* Reads what is left of a line; false when the file had nothing more. */
static bool
read_text(FILE *file, struct config_line *line, size_t *len)
{
	bool is_long = false;
	int c;

	*len = 0;
	while ((c = getc(file)) != EOF && c != '\n') {
		if (*len < CONFIG_LINE_MAX)
			line->text[(*len)++] = (char)c;
		else
			is_long = true;
	}
	if (c == EOF && *len == 0)
		return false;
	if (*len > 0 && line->text[*len - 1] == '\r')
		--*len;
	line->text[*len] = '\0';
	line->fault = is_long ? "a line too long" : config_file_find_fault(line->text, *len);
	return true;
}

bool
config_file_next(FILE *file, struct config_line *line)
{
	size_t len;
	char *text;

	while (read_text(file, line, &len)) {
		line->number++;
		if (line->fault != NULL)
			return true;
		text = trim(line->text);
		if (*text == '\0' || *text == '#')
			continue;
		line->fault = split(line, text);
		return true;
	}
	return false;
}
