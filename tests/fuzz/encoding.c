/*
 * encoding: base64 and percent escapes. What is decoded has one spelling only, and what is encoded
 * is decoded to the same.
 */
#include "fuzz.h"

#include "base/text.h"

static void
check_base64(enum base64 alphabet, const uint8_t *data, size_t size)
{
	char *text = malloc(BASE64_SIZE(size));
	char *bytes = malloc(size + 1);
	size_t len, text_len;

	assert(text != NULL && bytes != NULL);
	if (text_decode_base64(alphabet, (const char *)data, size, bytes, size, &len) == ERR_OK) {
		assert(text_encode_base64(alphabet, bytes, len, text) == size);
		assert(size == 0 || memcmp(text, data, size) == 0);
		/* It does not fit into less. */
		assert(len == 0 || text_decode_base64(alphabet, (const char *)data, size, bytes,
		    len - 1, &len) == ERR_REFUSED);
	}
	text_len = text_encode_base64(alphabet, data, size, text);
	assert(text_len == strlen(text) && text_len < BASE64_SIZE(size));
	assert(text_decode_base64(alphabet, text, text_len, bytes, size, &len) == ERR_OK);
	assert(len == size && (size == 0 || memcmp(bytes, data, size) == 0));
	free(bytes);
	free(text);
}

static void
check_percent(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	const size_t text_len = strlen(text), encoded_size = 3 * text_len + 1;
	char *encoded = malloc(encoded_size);
	size_t len;

	assert(encoded != NULL);
	assert(text_encode_percent(text, "@", encoded, encoded_size));
	len = strlen(encoded);
	/* It does not fit into less, and is not written past that. */
	if (len > 0) {
		char *tight = malloc(len);

		assert(tight != NULL && !text_encode_percent(text, "@", tight, len));
		free(tight);
	}
	assert((text_decode_form(encoded, &len) == ERR_OK) == fuzz_is_utf8(text, text_len));
	assert(len == text_len && memcmp(encoded, text, len) == 0);
	free(encoded);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_base64(BASE64_STANDARD, data, size);
	check_base64(BASE64_URL, data, size);
	check_percent(data, size);
	return 0;
}
