/*
 * fuzz: what the fuzz targets have in common.
 *
 * A target is a file of this directory. It takes any bytes as input, gives them to one of our
 * parsers, and asserts what must hold of the result, whatever the input was. `make fuzz` links it
 * to libFuzzer, which makes inputs up; with replay.c it is a test of the inputs in seeds/TARGET/.
 */
#ifndef BEARWARD_TESTS_FUZZ_H
#define BEARWARD_TESTS_FUZZ_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What libFuzzer, or replay.c, calls with each input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Copies the input to a block of its own with a NUL behind it, so that a sanitizer sees a read
 * past the end. The caller frees it.
 */
static inline char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/*
 * Whether the bytes are UTF-8 without NUL, by another hand than base/text.c: RFC 3629, section 4,
 * as it is written there.
 */
static inline bool
fuzz_is_utf8(const char *text, size_t len)
{
	static const struct { unsigned char first, last, from, to; size_t more; } forms[] = {
		{ 0x01, 0x7f, 0, 0, 0 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 1 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 2 },
		{ 0xe1, 0xec, 0x80, 0xbf, 2 },
		{ 0xed, 0xed, 0x80, 0x9f, 2 },
		{ 0xee, 0xef, 0x80, 0xbf, 2 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 3 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 3 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
	};
	const unsigned char *c = (const unsigned char *)text;

	for (size_t i = 0, more; i < len; i += 1 + more) {
		size_t form = 0;

		while (form < 9 && (c[i] < forms[form].first || c[i] > forms[form].last))
			form++;
		if (form == 9 || (more = forms[form].more) >= len - i)
			return false;
		for (size_t j = 1; j <= more; j++)
			if (c[i + j] < (j == 1 ? forms[form].from : 0x80) ||
			    c[i + j] > (j == 1 ? forms[form].to : 0xbf))
				return false;
	}
	return true;
}

#endif
