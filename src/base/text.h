/*
 * text: bytes from outside become text, or are refused.
 *
 * UTF-8, the application/x-www-form-urlencoded escapes and base64. Everything is strict: what
 * has two spellings here has only one (no overlong UTF-8, no stray bits in base64). And the other
 * way round: any text becomes one that can stand in a header.
 */
#ifndef BEARWARD_BASE_TEXT_H
#define BEARWARD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Whether the bytes are valid UTF-8 (RFC 3629) without NUL. The empty text is. */
bool text_is_utf8(const char *text, size_t len);

/* How many code points a valid UTF-8 text has. */
size_t text_code_points(const char *text);

/*
 * Decodes one form name or value in place: '+' is a space, %XX a byte. *len is the length before
 * and after; the result is NUL-terminated, so text must have room for len + 1 bytes. ERR_FORM for
 * a '%' without two hex digits and where the result is not UTF-8 without NUL.
 */
ERR_CHECKED enum err text_decode_form(char *text, size_t *len);

/*
 * Percent-encodes: letters, digits and "-._~@" stand for themselves, every other byte becomes
 * %XX. false where out of out_size bytes has no room for all of it and a NUL.
 */
bool text_encode_percent(const char *text, char *out, size_t out_size);

/* The two alphabets of RFC 4648: section 4 (with padding) and section 5 (without). */
enum base64 { BASE64_STANDARD, BASE64_URL };

/* Room that encoding len bytes needs, NUL included. */
#define BASE64_SIZE(len) ((((len) + 2) / 3) * 4 + 1)

/* Encodes; out has BASE64_SIZE(len) bytes and is NUL-terminated. Returns its length. */
size_t text_encode_base64(enum base64 alphabet, const void *data, size_t len, char *out);

/*
 * Decodes text of text_len characters into out of out_size bytes. ERR_REFUSED for foreign
 * characters, wrong padding, non-zero spare bits or too little room; *len is the length.
 */
ERR_CHECKED enum err text_decode_base64(enum base64 alphabet, const char *text, size_t text_len,
    void *out, size_t out_size, size_t *len);

#endif
