/*
 * basic: what follows the word Basic; and the same bytes as what is encoded there. A name and a
 * secret that are read are UTF-8, and read again when they are written.
 */
#include "fuzz.h"

#include "base/text.h"
#include "text/basic.h"

/* Writes a value in escapes alone, which a form may have for every byte. */
static size_t
escape(const char *value, char *out)
{
	size_t len = 0;

	for (; *value != '\0'; value++)
		len += (size_t)sprintf(out + len, "%%%02x", (unsigned char)*value);
	return len;
}

static void
check_written(const struct basic *basic)
{
	char text[4 * BASIC_LEN_MAX], encoded[BASE64_SIZE(sizeof(text))];
	struct basic again;
	size_t len = escape(basic->name, text);

	text[len++] = ':';
	len += escape(basic->secret, text + len);
	(void)text_encode_base64(BASE64_STANDARD, text, len, encoded);
	if (basic_parse(encoded, &again) != ERR_OK) {
		assert(len > BASIC_LEN_MAX);
		return;
	}
	assert(len <= BASIC_LEN_MAX);
	assert(strcmp(again.name, basic->name) == 0);
	assert(strcmp(again.secret, basic->secret) == 0);
}

static enum err
check(const char *encoded)
{
	struct basic basic;
	const enum err err = basic_parse(encoded, &basic);

	assert(err == ERR_OK || err == ERR_REFUSED);
	if (err == ERR_OK) {
		assert(fuzz_is_utf8(basic.name, strlen(basic.name)));
		assert(fuzz_is_utf8(basic.secret, strlen(basic.secret)));
		assert(strlen(basic.name) + 1 + strlen(basic.secret) <= BASIC_LEN_MAX);
		check_written(&basic);
	} else {
		assert(*basic.name == '\0' && *basic.secret == '\0');
	}
	basic_clear(&basic);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *encoded = malloc(BASE64_SIZE(size));

	assert(encoded != NULL);
	(void)check(text);
	(void)text_encode_base64(BASE64_STANDARD, data, size, encoded);
	if (check(encoded) == ERR_OK)
		assert(size <= BASIC_LEN_MAX && memchr(data, ':', size) != NULL);
	free(encoded);
	free(text);
	return 0;
}
