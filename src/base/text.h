/*
 * text: checks and converts text: UTF-8, application/x-www-form-urlencoded and percent escapes,
 * base64.
 *
 * Decoding is strict: each text has one spelling only (no overlong UTF-8, no stray bits in
 * base64), and everything else is refused.
 */
#ifndef BEARWARD_BASE_TEXT_H
#define BEARWARD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Returns true when the bytes are valid UTF-8 (RFC 3629) without NUL. The empty text is valid. */
bool text_is_utf8(const char *text, size_t len);

/* Returns the number of code points in a valid UTF-8 text. */
size_t text_code_points(const char *text);

/*
 * Decodes one form name or value in place: '+' becomes a space, %XX a byte. *len is the length
 * before and after. The result is NUL-terminated, so text must have room for len + 1 bytes.
 * Returns ERR_FORM when a '%' lacks its two hex digits, or the result is not UTF-8 without NUL.
 */
ERR_CHECKED enum err text_decode_form(char *text, size_t *len);

/*
 * Writes text to out, percent-encoded and NUL-terminated: letters, digits, "-._~" and what is in
 * also stand for themselves, every other byte becomes %XX. Returns false when out_size bytes are
 * too few.
 */
bool text_encode_percent(const char *text, const char *also, char *out, size_t out_size);

/* The two alphabets of RFC 4648: section 4 (with padding) and section 5 (without). */
enum base64 { BASE64_STANDARD, BASE64_URL };

/* The size that len bytes need once they are encoded, including the NUL. */
#define BASE64_SIZE(len) ((((len) + 2) / 3) * 4 + 1)

/* Encodes data into out, of BASE64_SIZE(len) bytes, NUL-terminated. Returns the text's length. */
size_t text_encode_base64(enum base64 alphabet, const void *data, size_t len, char *out);

/*
 * Decodes text of text_len characters into out, and sets *len to the number of bytes. Returns
 * ERR_REFUSED when text has foreign characters, wrong padding or non-zero spare bits, or when the
 * bytes do not fit into out_size.
 */
ERR_CHECKED enum err text_decode_base64(enum base64 alphabet, const char *text, size_t text_len,
    void *out, size_t out_size, size_t *len);

#endif
