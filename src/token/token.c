/* token: issues and verifies access tokens, JWS compact (RFC 7515, RFC 7519). */
#include "token/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "text/json.h"
#include "token/claims.h"
#include "token/jws.h"

static bool
has_header(const struct jws *jws, const struct key *key, enum key_header header)
{
	return key_compare_header(key, jws->header, jws->header_len) == header;
}

static enum err
check_signature(const struct jws *jws, const struct key *key)
{
	return key_check(key, jws->input, jws->input_len, jws->signature, jws->signature_len);
}

/* Returns ERR_OK if we would take jwt for a token of key, ERR_TOKEN if not, or ERR_MEMORY. */
static enum err
check_own(const char *jwt, const struct key *key)
{
	struct jws jws;

	if (!jws_parse(jwt, &jws) || !has_header(&jws, key, KEY_HEADER_OWN))
		return ERR_TOKEN;
	return check_signature(&jws, key);
}

static enum err
fail(enum err err, const char *reason)
{
	log_event(LEVEL_ERROR, "cannot issue a token", LOG_TEXT("reason", reason));
	return err;
}

enum err
token_issue(const struct config *config, const struct keys *keys,
    const struct token_subject *subject, int64_t now, char **jwt)
{
	const struct key *key = keys_get_signing(keys, now);
	char *claims = NULL;	/* owned */
	enum err err;

	*jwt = NULL;
	if (token_claims_write(config, subject, now, &claims) != ERR_OK)
		return fail(ERR_MEMORY, "out of memory or random bytes");
	/* libjwt takes more stack the longer they are: what makes no token stays away from it. */
	if (strlen(claims) > TOKEN_LEN_MAX) {
		free(claims);
		return fail(ERR_SETUP, "it would be refused: too long");
	}
	err = key_sign(key, claims, jwt);
	/* What we would refuse ourselves must not go out; long settings can make it too long. */
	if (err == ERR_OK && (err = check_own(*jwt, key)) != ERR_OK) {
		secret_free(*jwt);
		*jwt = NULL;
		err = err == ERR_TOKEN ? fail(ERR_SETUP, "it would be refused: too long")
				       : fail(err, "out of memory");
	}
	free(claims);
	return err;
}

static enum err
refuse(const char *reason)
{
	log_event(LEVEL_DEBUG, "token refused", LOG_TEXT("reason", reason));
	return ERR_TOKEN;
}

/*
 * The header must be one that we issue, byte for byte; so it pins kind, key and algorithm. What is
 * gone has signed no token of ours that is left; of the tutorial's tokens nobody can tell.
 */
static enum err
check_header_and_signature(const struct config *config, const struct keys *keys,
    const struct jws *jws, int64_t now, enum token_kind *kind)
{
	const struct key *key;
	enum err err = ERR_TOKEN;

	*kind = TOKEN_OWN;
	for (size_t i = 0; (key = keys_get(keys, i)) != NULL; i++)
		if (has_header(jws, key, KEY_HEADER_OWN))
			return keys_state(keys, i, now) == KEY_GONE ? ERR_TOKEN :
			    check_signature(jws, key);

	*kind = TOKEN_TUTORIAL;
	if (!config->accept_tutorial_tokens)
		return ERR_TOKEN;
	for (size_t i = 0; err == ERR_TOKEN && (key = keys_get(keys, i)) != NULL; i++)
		if (has_header(jws, key, KEY_HEADER_WITHOUT_KID))
			err = check_signature(jws, key);
	return err;
}

/* Reads the claims, which are under a good signature. *claims is owned: json_object_put(). */
static enum err
read_claims(const struct jws *jws, struct json_object **claims, size_t *payload_len)
{
	char payload[TOKEN_LEN_MAX];
	enum err err;

	*claims = NULL;
	if (!jws_decode_payload(jws, payload, payload_len))
		return refuse("payload is not strict base64url");
	err = json_parse(payload, *payload_len, claims);
	return err == ERR_JSON ? refuse("payload is not JSON") : err;
}

enum err
token_verify(const struct config *config, const struct keys *keys, const char *jwt, int64_t now,
    struct token *token)
{
	struct json_object *claims = NULL;	/* owned, json_object_put() */
	const char *wrong;
	size_t payload_len;
	struct jws jws;
	enum token_kind kind;
	enum err err;

	*token = (struct token){0};
	if (!jws_parse(jwt, &jws))
		return refuse("not three segments with a signature, or too long");
	err = check_header_and_signature(config, keys, &jws, now, &kind);
	if (err == ERR_TOKEN)
		return refuse("no key of ours makes this header and signature");
	if (err != ERR_OK)
		return err;

	/* Nothing has been read of it so far: a stranger's JSON is none of our business. */
	if ((err = read_claims(&jws, &claims, &payload_len)) != ERR_OK)
		goto out;
	if ((wrong = token_claims_find_wrong(config, claims, kind, now)) != NULL) {
		err = refuse(wrong);
		goto out;
	}
	err = token_claims_take(claims, payload_len, kind, token);
out:
	json_object_put(claims);
	return err;
}
