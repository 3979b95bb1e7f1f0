/* basic: the name and the secret of a client, as the Basic scheme of HTTP has them. */
#include "text/basic.h"

#include <string.h>

#include "base/secret.h"
#include "base/text.h"

/* Splits text at the first colon; one in a name is written as %3A. */
static enum err
split(struct basic *basic, size_t len)
{
	char *colon = memchr(basic->text, ':', len);
	size_t name_len, secret_len;

	if (colon == NULL)
		return ERR_REFUSED;
	name_len = (size_t)(colon - basic->text);
	secret_len = len - name_len - 1;
	basic->name = basic->text;
	basic->secret = colon + 1;
	if (text_decode_form(basic->text, &name_len) != ERR_OK ||
	    text_decode_form(colon + 1, &secret_len) != ERR_OK)
		return ERR_REFUSED;
	return ERR_OK;
}

enum err
basic_parse(const char *encoded, struct basic *basic)
{
	size_t len;
	enum err err = text_decode_base64(BASE64_STANDARD, encoded, strlen(encoded), basic->text,
	    BASIC_LEN_MAX, &len);

	if (err == ERR_OK)
		err = split(basic, len);
	if (err != ERR_OK)
		basic_clear(basic);
	return err;
}

void
basic_clear(struct basic *basic)
{
	secret_wipe(basic, sizeof(*basic));
	basic->name = basic->secret = basic->text;
}
