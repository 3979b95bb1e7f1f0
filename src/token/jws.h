/*
 * jws: takes the compact form of a token apart (RFC 7515, section 7.1). For this room alone.
 *
 * This file does not know whether the segments are what they should be. The caller compares the
 * header as it came, and decodes the payload once it has found the signature good. Base64 is read
 * strictly, so that nothing has two spellings.
 */
#ifndef BEARWARD_TOKEN_JWS_H
#define BEARWARD_TOKEN_JWS_H

#include <stdbool.h>
#include <stddef.h>

#include "token/key.h"
#include "token/token.h"

/* The texts are segments: borrowed from the token, and not NUL-terminated. */
struct jws {
	const char *header;
	size_t header_len;
	const char *payload;
	size_t payload_len;
	const char *input;		/* what is signed: header, dot, payload */
	size_t input_len;
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t signature_len;
};

/*
 * Takes jwt apart. Returns false when it is longer than TOKEN_LEN_MAX, has not three segments, or
 * has a signature that is no base64url, or longer than any key makes.
 */
bool jws_parse(const char *jwt, struct jws *jws);

/* Decodes the payload into at most TOKEN_LEN_MAX bytes. Returns false when it is no base64url. */
bool jws_decode_payload(const struct jws *jws, char payload[TOKEN_LEN_MAX], size_t *len);

#endif
