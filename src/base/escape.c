/* escape: makes text from outside safe for a log line or a terminal. */
#include "base/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "base/text.h"

/* How many bytes the character at text has; 0 when they are not UTF-8. */
static size_t
character_len(const char *text)
{
	size_t left = strnlen(text, 4);

	for (size_t len = 1; len <= left; len++)
		if (text_is_utf8(text, len))
			return len;
	return 0;
}

static bool
is_harmless(const char *text, size_t len)
{
	unsigned char first = (unsigned char)text[0];
	ucs4_t c;

	if (len == 0)
		return false;
	if (len == 1)
		return first >= 0x20 && first != 0x7f && first != '"' && first != '\\';
	(void)u8_mbtouc(&c, (const uint8_t *)text, len);
	/* What ends a line, steers a terminal, turns the direction round, or cannot be seen. */
	return !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl |
	    UC_CATEGORY_MASK_Zp) && !uc_is_property_default_ignorable_code_point(c);
}

size_t
escape_next(const char *text, char out[ESCAPE_SIZE])
{
	size_t len = character_len(text);

	if (is_harmless(text, len)) {
		memcpy(out, text, len);
		out[len] = '\0';
		return len;
	}
	/* One byte; the rest of a character refused is then no UTF-8 by itself. */
	snprintf(out, ESCAPE_SIZE, "\\x%02x", (unsigned)(unsigned char)*text);
	return 1;
}

const char *
escape_text(const char *text, char *out, size_t size)
{
	char unit[ESCAPE_SIZE];
	size_t len = 0;

	while (*text != '\0') {
		text += escape_next(text, unit);
		if (len + strlen(unit) >= size)
			break;
		memcpy(out + len, unit, strlen(unit));
		len += strlen(unit);
	}
	out[len] = '\0';
	return out;
}
