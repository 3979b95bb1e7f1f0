/* text: checks and converts text: UTF-8, form and percent escapes, base64. */
#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <unistr.h>

static const char standard_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool
text_is_utf8(const char *text, size_t len)
{
	if (len == 0)
		return true;
	return memchr(text, '\0', len) == NULL && u8_check((const uint8_t *)text, len) == NULL;
}

size_t
text_code_points(const char *text)
{
	size_t count = 0;

	/* Each code point has one byte that does not continue another. */
	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			count++;
	return count;
}

/* The value of a hex digit, in either case; -1 for anything else. isxdigit() has a locale. */
static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = memchr(digits, c, sizeof(digits) - 1);

	return found == NULL ? -1 : (int)(found - digits) % 16;
}

enum err
text_decode_form(char *text, size_t *len)
{
	size_t from = 0, to = 0;

	while (from < *len) {
		char c = text[from++];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int high = *len - from < 2 ? -1 : hex_value(text[from]);
			int low = high < 0 ? -1 : hex_value(text[from + 1]);

			if (low < 0)
				return ERR_FORM;
			c = (char)(high * 16 + low);
			from += 2;
		}
		text[to++] = c;
	}
	text[to] = '\0';
	*len = to;
	return text_is_utf8(text, to) ? ERR_OK : ERR_FORM;
}

bool
text_encode_percent(const char *text, const char *also, char *out, size_t out_size)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char digits[] = "0123456789ABCDEF";
	size_t count = 0;

	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;
		const bool is_plain = memchr(plain, c, sizeof(plain) - 1) != NULL ||
		    strchr(also, c) != NULL;

		if (out_size - count <= (is_plain ? 1 : 3))
			return false;
		if (is_plain) {
			out[count++] = *text;
			continue;
		}
		out[count++] = '%';
		out[count++] = digits[c >> 4];
		out[count++] = digits[c & 0xf];
	}
	out[count] = '\0';
	return true;
}

static const char *
characters_of(enum base64 alphabet)
{
	return alphabet == BASE64_URL ? url_alphabet : standard_alphabet;
}

size_t
text_encode_base64(enum base64 alphabet, const void *data, size_t len, char *out)
{
	const char *characters = characters_of(alphabet);
	const unsigned char *bytes = data;
	uint32_t bits = 0;		/* the last bit_count of them wait to be written */
	unsigned int bit_count = 0;
	size_t count = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | bytes[i];
		for (bit_count += 8; bit_count >= 6; bit_count -= 6)
			out[count++] = characters[bits >> (bit_count - 6) & 0x3f];
	}
	if (bit_count > 0)
		out[count++] = characters[bits << (6 - bit_count) & 0x3f];
	while (alphabet == BASE64_STANDARD && count % 4 != 0)
		out[count++] = '=';
	out[count] = '\0';
	return count;
}

/* How many characters stand before the padding; false where no encoder ends a text like this. */
static bool
find_padding(enum base64 alphabet, const char *text, size_t text_len, size_t *count)
{
	*count = text_len;
	if (alphabet == BASE64_URL)
		return text_len % 4 != 1;
	/* A third '=', or one in the wrong place, is a foreign character to the decoder. */
	for (int i = 0; i < 2 && *count > 0 && text[*count - 1] == '='; i++)
		(*count)--;
	return text_len % 4 == 0;
}

enum err
text_decode_base64(enum base64 alphabet, const char *text, size_t text_len, void *out,
    size_t out_size, size_t *len)
{
	const char *characters = characters_of(alphabet);
	unsigned char *bytes = out;
	uint32_t bits = 0;		/* the last bit_count of them wait to be written */
	unsigned int bit_count = 0;
	size_t count;

	*len = 0;
	if (!find_padding(alphabet, text, text_len, &count))
		return ERR_REFUSED;
	for (size_t i = 0; i < count; i++) {
		const char *found = memchr(characters, text[i], 64);

		if (found == NULL)
			return ERR_REFUSED;
		bits = bits << 6 | (uint32_t)(found - characters);
		bit_count += 6;
		if (bit_count < 8)
			continue;
		if (*len == out_size)
			return ERR_REFUSED;
		bit_count -= 8;
		bytes[(*len)++] = (unsigned char)(bits >> bit_count & 0xff);
	}
	/* Spare bits must be zero, or the same bytes would have several spellings. */
	return (bits & ((1U << bit_count) - 1)) == 0 ? ERR_OK : ERR_REFUSED;
}
