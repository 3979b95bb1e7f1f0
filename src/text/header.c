/* header: reads the parameters of a header's value, and the labels of character encodings. */
#include "text/header.h"

#include <string.h>
#include <strings.h>

#define BLANKS " \t"

static bool
is_equal(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

bool
header_is_value(const char *header, const char *value, const char **rest)
{
	const size_t len = strcspn(header, ";" BLANKS);

	*rest = header + len;
	return is_equal(header, len, value);
}

/* The length of a quoted text without its closing mark; false where that is missing. */
static bool
measure_quoted(const char *text, size_t *len)
{
	*len = 0;
	while (text[*len] != '"' && text[*len] != '\0') {
		const bool is_escape = text[*len] == '\\' &&
		    (text[*len + 1] == '"' || text[*len + 1] == '\\');

		*len += is_escape ? 2 : 1;
	}
	return text[*len] == '"';
}

bool
header_next_parameter(const char **rest, struct header_parameter *parameter)
{
	const char *c = *rest + strspn(*rest, BLANKS);
	const bool is_first = *c == ';';

	/* Empty ones are allowed, and mean nothing. */
	c += strspn(c, ";" BLANKS);
	*rest = c;
	if (!is_first || *c == '\0')
		return false;

	parameter->name = c;
	parameter->name_len = strcspn(c, "=;" BLANKS);
	c += parameter->name_len;
	parameter->value = c;
	parameter->value_len = 0;
	if (*c == '=' && c[1] == '"') {
		parameter->value = c + 2;
		if (!measure_quoted(parameter->value, &parameter->value_len))
			return false;
		c = parameter->value + parameter->value_len + 1;
	} else if (*c == '=') {
		parameter->value = c + 1;
		parameter->value_len = strcspn(c + 1, ";" BLANKS);
		c = parameter->value + parameter->value_len;
	}
	*rest = c;
	return true;
}

bool
header_is_parameter(const struct header_parameter *parameter, const char *name)
{
	return is_equal(parameter->name, parameter->name_len, name);
}

bool
header_is_utf8(const struct header_parameter *charset)
{
	static const char *const labels[] = {
		"utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8",
		"x-unicode20utf8", "us-ascii", "ascii", "ansi_x3.4-1968",
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (is_equal(charset->value, charset->value_len, labels[i]))
			return true;
	return false;
}
