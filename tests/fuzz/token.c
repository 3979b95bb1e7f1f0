/*
 * token: a token that is accepted is one that we have issued, with HS256 or ES256, byte by byte;
 * or it was signed here with our key, and then what is said of it is what its claims say.
 *
 * The first byte of the input says what the rest is: a token; changes to a good one, two bytes
 * each (where, and which character), the first of which also says to which one; the claims of one
 * that is signed with our key of HS256; or its whole payload segment.
 */
#include "fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "text/json.h"
#include "text/scope.h"
#include "token/keyring.h"
#include "token/token.h"

#define SECRET "c5d1f0a97e3b4826d4c0915f7ab36e28"

enum { ISSUED = 2, JWT_SIZE = 2 * TOKEN_LEN_MAX };

static char issuer[] = "https://id.example", audience[] = "api", client_id[] = "web";
static struct config config = {
	.issuer = issuer, .audience = audience, .client_id = client_id, .access_token_ttl = 60,
};
static struct keyring *keyring;		/* owned, as all of these: they live as long as we do */
static const struct keys *keys;
static int64_t now;
static char *issued[ISSUED];		/* HS256, ES256 */
static char *header;			/* of the first one: its first segment */

/* Adds a key, and issues a token that it signs. */
static void
add_key(enum key_alg alg, const char *text, char **jwt)
{
	const struct keyring_new new = { .alg = alg, .text = text };
	struct token_subject subject = { .uid = 7, .username = "johndoe", .scope = "me" };
	char kid[KEY_ID_SIZE];

	assert(keyring_add(&config, &new, kid) == ERR_OK);
	if (keyring == NULL)
		assert(keyring_open(&config, KEYRING_SIGNS, &keyring) == ERR_OK);
	keyring_return(keyring, keys);
	assert((keys = keyring_borrow(keyring)) != NULL);
	now = time(NULL) + 1;
	assert(strcmp(key_id(keys_get_signing(keys, now)), kid) == 0);
	subject.expires_at = now + 60;
	assert(token_issue(&config, keys, &subject, now, jwt) == ERR_OK);
}

static void
set_up(void)
{
	char dir[] = "/tmp/fuzz.XXXXXX", command[64];

	log_open("fuzz", LOG_TO_STDERR, LEVEL_ERROR);
	config.dialect = dialect_find("fastapi");
	assert(mkdtemp(dir) != NULL);
	config.state_dir = dir;
	add_key(KEY_HS256, SECRET, &issued[0]);
	add_key(KEY_ES256, NULL, &issued[1]);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert(system(command) == 0);
	header = strndup(issued[0], strcspn(issued[0], "."));
	assert(header != NULL);
}

/* Returns whether jwt is accepted. The caller clears token. */
static bool
verify(const char *jwt, struct token *token)
{
	const enum err err = token_verify(&config, keys, jwt, now, token);

	assert(err == ERR_OK || err == ERR_TOKEN);
	if (err != ERR_OK)
		assert(token->text == NULL && token->uid == 0);
	return err == ERR_OK;
}

/* What nobody has signed is accepted only where it is what we have issued. */
static void
check_unsigned(const char *jwt)
{
	struct token token;

	for (int tutorial = 0; tutorial <= 1; tutorial++) {
		config.accept_tutorial_tokens = tutorial == 1;
		assert(verify(jwt, &token) ==
		    (strcmp(jwt, issued[0]) == 0 || strcmp(jwt, issued[1]) == 0));
		token_clear(&token);
	}
}

static void
check_changed(const char *changes)
{
	char *jwt = strdup(issued[(unsigned char)changes[0] % ISSUED]);
	const size_t len = strlen(jwt);

	for (; changes[0] != '\0' && changes[1] != '\0'; changes += 2)
		jwt[(unsigned char)changes[0] * len / 256] = changes[1];
	check_unsigned(jwt);
	free(jwt);
}

/* Writes base64url, by another hand than ours. */
static void
encode(const void *data, size_t len, char *out)
{
	const int out_len = EVP_EncodeBlock((unsigned char *)out, data, (int)len);

	for (char *c = out; c < out + out_len; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
}

/* Signs a payload segment with our key. Returns false where there is no room. */
static bool
sign(const char *payload, char jwt[JWT_SIZE])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int mac_len = 0;
	const int len = snprintf(jwt, JWT_SIZE, "%s.%s", header, payload);

	if (len >= JWT_SIZE - 64)
		return false;
	assert(HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (const unsigned char *)jwt,
	    (size_t)len, mac, &mac_len) != NULL);
	jwt[len] = '.';
	encode(mac, mac_len, jwt + len + 1);
	return true;
}

static const char *
text_of(struct json_object *claims, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(claims, name, &value))
		return "";
	assert(json_object_is_type(value, json_type_string));
	return json_object_get_string(value);
}

static int64_t
number_of(struct json_object *claims, const char *name)
{
	struct json_object *value = NULL;

	assert(json_object_object_get_ex(claims, name, &value));
	assert(json_object_is_type(value, json_type_int));
	return json_object_get_int64(value);
}

/* In whole seconds: what has a fraction is rounded up. */
static int64_t
moment_of(struct json_object *claims, const char *name)
{
	struct json_object *value = NULL;
	int64_t whole;

	assert(json_object_object_get_ex(claims, name, &value));
	if (json_object_is_type(value, json_type_int))
		return json_object_get_int64(value);
	assert(json_object_is_type(value, json_type_double));
	whole = (int64_t)json_object_get_double(value);
	return whole + ((double)whole < json_object_get_double(value));
}

static void
check_token(const struct token *token, const char *json, size_t len)
{
	struct json_object *claims;
	size_t audiences = 0;

	assert(json_parse(json, len, &claims) == ERR_OK);
	assert(strcmp(text_of(claims, "iss"), issuer) == 0);
	assert(strcmp(text_of(claims, "sub"), token->subject) == 0);
	assert(strcmp(text_of(claims, "username"), token->username) == 0);
	assert(strcmp(text_of(claims, "client_id"), token->client_id) == 0);
	assert(strcmp(text_of(claims, "scope"), token->scope) == 0);
	assert(scope_is_valid(token->scope));
	assert(number_of(claims, "uid") == token->uid && token->uid > 0);
	assert(moment_of(claims, "exp") == token->expires_at && token->expires_at > now);
	assert(moment_of(claims, "iat") == token->issued_at);
	assert(token_is_for(token, audience));
	for (const char *aud = token->audiences; *aud != '\0'; aud += strlen(aud) + 1)
		audiences++;
	assert(audiences <= len);
	json_object_put(claims);
}

static void
check_copy(const struct token *token)
{
	struct token copy;

	assert(token_copy(token, &copy) == ERR_OK);
	assert(copy.uid == token->uid && copy.expires_at == token->expires_at);
	assert(memcmp(copy.text, token->text, token->text_size) == 0);
	assert(strcmp(copy.scope, token->scope) == 0);
	assert(strcmp(copy.username, token->username) == 0);
	token_clear(&copy);
}

static void
check_claims(const char *json)
{
	char payload[JWT_SIZE], jwt[JWT_SIZE];
	const size_t len = strlen(json);
	struct token token;

	if (len > TOKEN_LEN_MAX)
		return;
	payload[0] = '\0';
	encode(json, len, payload);
	if (!sign(payload, jwt))
		return;
	if (verify(jwt, &token)) {
		check_token(&token, json, len);
		check_copy(&token);
	}
	token_clear(&token);
}

/* A payload has one spelling: nothing but the encoding of its claims is accepted. */
static void
check_payload(const char *payload)
{
	char jwt[JWT_SIZE], claims[JWT_SIZE] = "", again[JWT_SIZE] = "";
	struct token token;
	size_t len = 0;

	if (!sign(payload, jwt))
		return;
	if (verify(jwt, &token)) {
		assert(text_decode_base64(BASE64_URL, payload, strlen(payload), claims,
		    sizeof(claims), &len) == ERR_OK);
		encode(claims, len, again);
		assert(strcmp(again, payload) == 0);
	}
	token_clear(&token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const checks[])(const char *) = {
		check_unsigned, check_changed, check_claims, check_payload,
	};
	char *text = fuzz_text(data, size);

	if (keyring == NULL)
		set_up();
	config.accept_tutorial_tokens = false;
	if (*text != '\0')
		checks[(unsigned char)*text % 4](text + 1);
	free(text);
	return 0;
}
