/*
 * scheme_text, internal to hash/: reads a stored hash of another program, part by part.
 *
 * Each function reads what is at *at, strictly, and moves *at behind it. It returns false, with
 * *at and the results undefined, when something else is there. Parts end before a '$' or at the
 * end of the text.
 */
#ifndef BEARWARD_HASH_SCHEME_TEXT_H
#define BEARWARD_HASH_SCHEME_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The alphabet of crypt(3). Most schemes write base64 in it; bcrypt has another order. */
extern const char scheme_text_crypt64[65];

/*
 * What base64 is written like: with padding; without; without, and with '.' in place of '+', as
 * passlib does.
 */
enum scheme_base64 { SCHEME_BASE64_PADDED, SCHEME_BASE64_PLAIN, SCHEME_BASE64_ADAPTED };

/* Some bytes, and how many there may be. */
struct scheme_bytes {
	unsigned char *bytes;	/* borrowed; room for max */
	size_t min, max;
	size_t *len;		/* borrowed; set to how many there are */
};

/* Reads a text that must be there. */
bool scheme_text_skip(const char **at, const char *expected);

/* Reads a decimal number within bounds, up to 10^9 - 1, without a sign or leading zeros. */
bool scheme_text_number(const char **at, long min, long max, long *number);

/* Reads a part that is base64. */
bool scheme_text_base64(const char **at, enum scheme_base64 alphabet, struct scheme_bytes bytes);

/* Reads a part in lower-case hexadecimal digits. */
bool scheme_text_hex(const char **at, struct scheme_bytes bytes);

/* Reads a part whose characters are the bytes. */
bool scheme_text_bytes(const char **at, struct scheme_bytes bytes);

/* Reads a part of min to max characters of crypt(3)'s alphabet; *len tells how many. */
bool scheme_text_word(const char **at, size_t min, size_t max, size_t *len);

#endif
