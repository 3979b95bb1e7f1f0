/* token: access tokens, JWS compact (RFC 7515, RFC 7519), issued and verified. */
#include "token/token.h"

#include <errno.h>
#include <inttypes.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "text/json.h"
#include "token/claims.h"

#define OWN_HEADER "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}"

enum {
	JTI_LEN = 16,		/* random bytes */
	HEADER_SIZE = sizeof(OWN_HEADER) + KEY_ID_SIZE,
	SIGNATURE_LEN = 32,	/* bytes of HS256: RFC 7518, section 3.2 */
};

/* What the tutorial's libraries write: python-jose and PyJWT, in either order. */
static const char *const tutorial_headers[] = {
	"{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
	"{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
};

/*
 * A token taken apart and decoded. Base64 is read strictly, so a segment has one spelling, and
 * comparing what it decodes to compares the segment itself.
 */
struct parts {
	char header[HEADER_SIZE];
	size_t header_len;
	char payload[TOKEN_LEN_MAX];
	size_t payload_len;
	unsigned char signature[SIGNATURE_LEN];
	size_t signature_len;
};

static bool
decode(const char *segment, size_t segment_len, void *out, size_t out_size, size_t *len)
{
	return text_decode_base64(BASE64_URL, segment, segment_len, out, out_size, len) == ERR_OK;
}

static bool
take_apart(const char *jwt, struct parts *parts)
{
	const char *payload, *signature;

	if (strnlen(jwt, TOKEN_LEN_MAX + 1) > TOKEN_LEN_MAX)
		return false;
	if ((payload = strchr(jwt, '.')) == NULL)
		return false;
	if ((signature = strchr(++payload, '.')) == NULL)
		return false;
	signature++;

	/* A third dot is a foreign character in the signature. */
	return decode(jwt, (size_t)(payload - jwt) - 1, parts->header,
	    sizeof(parts->header), &parts->header_len) &&
	    decode(payload, (size_t)(signature - payload) - 1, parts->payload,
	    sizeof(parts->payload), &parts->payload_len) &&
	    decode(signature, strlen(signature), parts->signature,
	    sizeof(parts->signature), &parts->signature_len) &&
	    parts->signature_len == SIGNATURE_LEN;
}

static bool
has_header(const struct parts *parts, const char *header)
{
	return parts->header_len == strlen(header) &&
	    memcmp(parts->header, header, parts->header_len) == 0;
}

static bool
has_header_of_key(const struct parts *parts, const struct key *key)
{
	char header[HEADER_SIZE];

	snprintf(header, sizeof(header), OWN_HEADER, key->kid);
	return has_header(parts, header);
}

static bool
has_header_of_tutorial(const struct parts *parts)
{
	for (size_t i = 0; i < sizeof(tutorial_headers) / sizeof(tutorial_headers[0]); i++)
		if (has_header(parts, tutorial_headers[i]))
			return true;
	return false;
}

/* Gives draft the claims of protocol section 4.1; 0 or an errno. */
static int
add_claims(jwt_t *draft, const struct config *config, const struct token_subject *subject,
    int64_t now)
{
	unsigned char random[JTI_LEN];
	char jti[BASE64_SIZE(JTI_LEN)];
	char id[sizeof("-9223372036854775808")];
	const struct {
		const char *name;
		const char *text;	/* NULL: number counts */
		int64_t number;
	} claims[] = {
		{ "iss", config->issuer, 0 },
		{ "sub", config->dialect->sub_is_username ? subject->username : id, 0 },
		{ "uid", NULL, subject->uid },
		{ "aud", config->audience, 0 },
		{ "exp", NULL, now + config->access_token_ttl },
		{ "iat", NULL, now },
		{ "jti", jti, 0 },
		{ "client_id", config->client_id, 0 },
		{ "username", subject->username, 0 },
		{ "scope", subject->scope, 0 },
	};
	int error = 0;

	_Static_assert(sizeof(long) == sizeof(int64_t), "libjwt takes numbers as long");
	if (secret_random(random, sizeof(random)) != ERR_OK)
		return EIO;
	(void)text_encode_base64(BASE64_URL, random, sizeof(random), jti);
	snprintf(id, sizeof(id), "%" PRId64, subject->uid);
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]) && error == 0; i++) {
		/* No audience, no scope: no such claim. */
		if (claims[i].text != NULL && *claims[i].text == '\0')
			continue;
		if (claims[i].text != NULL)
			error = jwt_add_grant(draft, claims[i].name, claims[i].text);
		else
			error = jwt_add_grant_int(draft, claims[i].name, (long)claims[i].number);
	}
	return error;
}

/* Gives draft its header and signature; 0 or an errno. *jwt is owned, secret. */
static int
sign(jwt_t *draft, const struct key *key, char **jwt)
{
	struct parts parts;
	char *encoded;	/* owned, secret; malloc()'s memory */
	int error;

	if ((error = jwt_add_header(draft, "kid", key->kid)) != 0)
		return error;
	error = jwt_set_alg(draft, JWT_ALG_HS256, key->secret, (int)key->secret_len);
	if (error != 0)
		return error;
	errno = 0;
	if ((encoded = jwt_encode_str(draft)) == NULL)
		return errno != 0 ? errno : EINVAL;

	/* What we would refuse ourselves must not go out; long settings can make it too long. */
	if (!take_apart(encoded, &parts) || !has_header_of_key(&parts, key)) {
		secret_free(encoded);
		return EMSGSIZE;
	}
	*jwt = encoded;
	return 0;
}

enum err
token_issue(const struct config *config, const struct key *key,
    const struct token_subject *subject, int64_t now, char **jwt)
{
	jwt_t *draft = NULL;	/* owned, jwt_free() */
	int error;

	*jwt = NULL;
	if ((error = jwt_new(&draft)) != 0)
		goto out;
	if ((error = add_claims(draft, config, subject, now)) != 0)
		goto out;
	error = sign(draft, key, jwt);
out:
	if (error != 0)
		log_event(LEVEL_ERROR, "cannot issue a token",
		    LOG_TEXT("reason", strerror(error)));
	jwt_free(draft);
	return error == 0 ? ERR_OK : ERR_INTERNAL;
}

static enum err
refuse(const char *reason)
{
	log_event(LEVEL_DEBUG, "token refused", LOG_TEXT("reason", reason));
	return ERR_TOKEN;
}

/* The algorithm was pinned with the header; asked again, should the library read it otherwise. */
static enum err
check_signature(const char *jwt, const struct key *key)
{
	jwt_t *decoded = NULL;	/* owned, jwt_free() */
	int error = jwt_decode(&decoded, jwt, key->secret, (int)key->secret_len);
	enum err err = ERR_TOKEN;

	if (error == ENOMEM)
		err = ERR_INTERNAL;
	else if (error == 0 && jwt_get_alg(decoded) == JWT_ALG_HS256)
		err = ERR_OK;
	jwt_free(decoded);
	return err;
}

/* The header must be one that we issue, byte by byte; so it pins kind, key and algorithm. */
static enum err
check_header_and_signature(const struct config *config, const struct keyring *keyring,
    const char *jwt, const struct parts *parts, enum token_kind *kind)
{
	const struct key *key;
	enum err err = ERR_TOKEN;

	*kind = TOKEN_OWN;
	for (size_t i = 0; (key = keyring_get(keyring, i)) != NULL; i++)
		if (has_header_of_key(parts, key))
			return check_signature(jwt, key);

	*kind = TOKEN_TUTORIAL;
	if (!config->accept_tutorial_tokens || !has_header_of_tutorial(parts))
		return ERR_TOKEN;
	for (size_t i = 0; err == ERR_TOKEN && (key = keyring_get(keyring, i)) != NULL; i++)
		err = check_signature(jwt, key);
	return err;
}

enum err
token_verify(const struct config *config, const struct keyring *keyring, const char *jwt,
    int64_t now, struct token *token)
{
	struct json_object *claims = NULL;	/* owned, json_object_put() */
	struct parts parts;
	const char *wrong;
	enum token_kind kind;
	enum err err;

	*token = (struct token){0};
	if (!take_apart(jwt, &parts))
		return refuse("not three segments of strict base64url, or too long");

	/*
	 * libjwt reads the payload before it checks the signature, beyond its end if it is empty
	 * and as deep as it goes: so our own strict reading comes first.
	 */
	if ((err = json_parse(parts.payload, parts.payload_len, &claims)) == ERR_JSON)
		return refuse("payload is not JSON");
	if (err == ERR_OK)
		err = check_header_and_signature(config, keyring, jwt, &parts, &kind);
	if (err == ERR_TOKEN)
		err = refuse("no key of ours makes this header and signature");
	if (err != ERR_OK)
		goto out;

	if ((wrong = token_claims_find_wrong(config, claims, kind, now)) != NULL) {
		err = refuse(wrong);
		goto out;
	}
	err = token_claims_take(claims, parts.payload_len, kind, token);
out:
	json_object_put(claims);
	return err;
}

bool
token_is_for(const struct token *token, const char *audience)
{
	for (const char *aud = token->audiences; *aud != '\0'; aud += strlen(aud) + 1)
		if (strcmp(aud, audience) == 0)
			return true;
	return false;
}

enum err
token_copy(const struct token *token, struct token *copy)
{
	char *text = malloc(token->text_size);

	*copy = (struct token){0};
	if (text == NULL)
		return ERR_INTERNAL;
	memcpy(text, token->text, token->text_size);
	*copy = *token;
	copy->text = text;
	copy->subject = text + (token->subject - token->text);
	copy->username = text + (token->username - token->text);
	copy->client_id = text + (token->client_id - token->text);
	copy->scope = text + (token->scope - token->text);
	copy->audiences = text + (token->audiences - token->text);
	return ERR_OK;
}

void
token_clear(struct token *token)
{
	free(token->text);
	*token = (struct token){0};
}
