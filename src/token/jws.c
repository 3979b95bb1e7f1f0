/* jws: takes the compact form of a token apart. */
#include "token/jws.h"

#include <string.h>

#include "base/text.h"

bool
jws_parse(const char *jwt, struct jws *jws)
{
	const size_t len = strnlen(jwt, TOKEN_LEN_MAX + 1);
	const char *first_dot, *second_dot, *signature;

	if (len > TOKEN_LEN_MAX)
		return false;
	if ((first_dot = strchr(jwt, '.')) == NULL)
		return false;
	if ((second_dot = strchr(first_dot + 1, '.')) == NULL)
		return false;
	signature = second_dot + 1;

	jws->header = jwt;
	jws->header_len = (size_t)(first_dot - jwt);
	jws->payload = first_dot + 1;
	jws->payload_len = (size_t)(second_dot - jws->payload);
	jws->input = jwt;
	jws->input_len = (size_t)(second_dot - jwt);
	/* A third dot is a foreign character in the signature. */
	return text_decode_base64(BASE64_URL, signature, len - (size_t)(signature - jwt),
	    jws->signature, sizeof(jws->signature), &jws->signature_len) == ERR_OK;
}

bool
jws_decode_payload(const struct jws *jws, char payload[TOKEN_LEN_MAX], size_t *len)
{
	return text_decode_base64(BASE64_URL, jws->payload, jws->payload_len, payload,
	    TOKEN_LEN_MAX, len) == ERR_OK;
}
