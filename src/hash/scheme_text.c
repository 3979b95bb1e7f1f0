/* scheme_text: reads a stored hash of another program, part by part. */
#include "hash/scheme_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

enum { PART_MAX = 192, DIGITS_MAX = 9 };

const char scheme_text_crypt64[65] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

bool
scheme_text_skip(const char **at, const char *expected)
{
	const size_t len = strlen(expected);

	if (strncmp(*at, expected, len) != 0)
		return false;
	*at += len;
	return true;
}

bool
scheme_text_number(const char **at, long min, long max, long *number)
{
	const size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > DIGITS_MAX || (**at == '0' && digits > 1))
		return false;
	*number = strtol(*at, NULL, 10);
	*at += digits;
	return *number >= min && *number <= max;
}

/* Copies a part of len characters and makes it the base64 that text_decode_base64() knows. */
static bool
standardize(const char *part, size_t *len, enum scheme_base64 alphabet, char text[PART_MAX + 4])
{
	memcpy(text, part, *len);
	if (alphabet == SCHEME_BASE64_PADDED)
		return true;
	if (memchr(part, '=', *len) != NULL)
		return false;
	if (alphabet == SCHEME_BASE64_ADAPTED)
		for (size_t i = 0; i < *len; i++) {
			if (text[i] == '+')
				return false;
			if (text[i] == '.')
				text[i] = '+';
		}
	while (*len % 4 != 0)
		text[(*len)++] = '=';
	return true;
}

bool
scheme_text_base64(const char **at, enum scheme_base64 alphabet, struct scheme_bytes bytes)
{
	size_t len = strcspn(*at, "$");
	const char *part = *at;
	char text[PART_MAX + 4];
	bool is_good;

	if (len > PART_MAX)
		return false;
	*at += len;
	is_good = standardize(part, &len, alphabet, text) &&
	    text_decode_base64(BASE64_STANDARD, text, len, bytes.bytes, bytes.max,
	    bytes.len) == ERR_OK && *bytes.len >= bytes.min;
	secret_wipe(text, sizeof(text));
	return is_good;
}

bool
scheme_text_hex(const char **at, struct scheme_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	const size_t len = strspn(*at, digits);

	*bytes.len = len / 2;
	if (len % 2 != 0 || *bytes.len < bytes.min || *bytes.len > bytes.max)
		return false;
	for (size_t i = 0; i < *bytes.len; i++)
		bytes.bytes[i] = (unsigned char)((strchr(digits, (*at)[2 * i]) - digits) << 4 |
		    (strchr(digits, (*at)[2 * i + 1]) - digits));
	*at += len;
	return **at == '$' || **at == '\0';
}

bool
scheme_text_bytes(const char **at, struct scheme_bytes bytes)
{
	*bytes.len = strcspn(*at, "$");
	if (*bytes.len < bytes.min || *bytes.len > bytes.max)
		return false;
	memcpy(bytes.bytes, *at, *bytes.len);
	*at += *bytes.len;
	return true;
}

bool
scheme_text_word(const char **at, size_t min, size_t max, size_t *len)
{
	*len = strspn(*at, scheme_text_crypt64);
	*at += *len;
	return *len >= min && *len <= max && (**at == '$' || **at == '\0');
}
