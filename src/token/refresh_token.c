/* refresh_token: the form of a refresh token, and what is made of one. */
#include "token/refresh_token.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"

#define PREFIX "bwr_"
#define SUCCESSOR_LABEL "bearward refresh"	/* its NUL is part of what is hashed */
#define GID_LABEL "gid"

enum {
	PREFIX_LEN = sizeof(PREFIX) - 1,
	BYTES_LEN = REFRESH_TOKEN_SELECTOR_LEN + REFRESH_TOKEN_SECRET_LEN,
	SHA256_LEN = 32,
};

_Static_assert(BYTES_LEN % 3 == 0, "base64url has no spare bits, and so one spelling");
_Static_assert(sizeof(struct refresh_token) == BYTES_LEN, "selector and secret have no gap");
_Static_assert((int)REFRESH_TOKEN_SIZE == PREFIX_LEN + BASE64_SIZE(BYTES_LEN), "the text fits");

enum err
refresh_token_new(struct refresh_token *token)
{
	return secret_random(token, sizeof(*token));
}

bool
refresh_token_parse(const char *text, struct refresh_token *token)
{
	const size_t len = strlen(text);
	size_t bytes_len;

	if (len == REFRESH_TOKEN_SIZE - 1 && memcmp(text, PREFIX, PREFIX_LEN) == 0 &&
	    text_decode_base64(BASE64_URL, text + PREFIX_LEN, len - PREFIX_LEN, token,
	    sizeof(*token), &bytes_len) == ERR_OK)
		return true;
	refresh_token_clear(token);
	return false;
}

void
refresh_token_format(const struct refresh_token *token, char text[REFRESH_TOKEN_SIZE])
{
	memcpy(text, PREFIX, PREFIX_LEN);
	(void)text_encode_base64(BASE64_URL, token, sizeof(*token), text + PREFIX_LEN);
}

/* SHA-256; all that can fail in it is memory. */
static enum err
hash(const void *data, size_t len, unsigned char digest[SHA256_LEN])
{
	return EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) == 1 ? ERR_OK : ERR_MEMORY;
}

enum err
refresh_token_gid(const struct refresh_token *token, unsigned char gid[REFRESH_TOKEN_GID_LEN])
{
	enum { LABEL_LEN = sizeof(GID_LABEL) - 1 };
	unsigned char message[LABEL_LEN + REFRESH_TOKEN_SELECTOR_LEN] = GID_LABEL;
	unsigned char digest[SHA256_LEN];
	enum err err;

	memcpy(message + LABEL_LEN, token->selector, sizeof(token->selector));
	if ((err = hash(message, sizeof(message), digest)) == ERR_OK)
		memcpy(gid, digest, REFRESH_TOKEN_GID_LEN);
	secret_wipe(message, sizeof(message));
	return err;
}

enum err
refresh_token_digest(const struct refresh_token *token,
    unsigned char digest[REFRESH_TOKEN_DIGEST_LEN])
{
	return hash(token->secret, sizeof(token->secret), digest);
}

enum err
refresh_token_succeed(const struct refresh_token *token,
    const unsigned char salt[REFRESH_TOKEN_SALT_LEN], struct refresh_token *successor)
{
	enum { LABEL_SIZE = sizeof(SUCCESSOR_LABEL) };
	unsigned char message[LABEL_SIZE + REFRESH_TOKEN_SELECTOR_LEN + REFRESH_TOKEN_SALT_LEN] =
	    SUCCESSOR_LABEL;
	struct refresh_token next = *token;	/* secret */
	enum err err = ERR_OK;

	memcpy(message + LABEL_SIZE, token->selector, sizeof(token->selector));
	memcpy(message + LABEL_SIZE + REFRESH_TOKEN_SELECTOR_LEN, salt, REFRESH_TOKEN_SALT_LEN);
	/* Like a digest, it fails for memory only. */
	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, token->secret, sizeof(token->secret),
	    message, sizeof(message), next.secret, sizeof(next.secret), NULL) == NULL)
		err = ERR_MEMORY;
	*successor = err == ERR_OK ? next : (struct refresh_token){0};
	secret_wipe(message, sizeof(message));
	refresh_token_clear(&next);
	return err;
}

void
refresh_token_clear(struct refresh_token *token)
{
	secret_wipe(token, sizeof(*token));
}
