/* key: one key, which checks access tokens, and signs them where all of it is there. */
#include "token/key.h"

#include <json-c/json.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "token/key_internal.h"

/* In this order, since libjwt sorts the members of a header. */
#define HEADER "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}"

enum {
	ALG_AND_TYP_LEN_MAX = 16,
	HEADER_SIZE = sizeof(HEADER) + ALG_AND_TYP_LEN_MAX + KEY_ID_SIZE,
	DIGEST_LEN = 32,	/* bytes */
};

struct key {
	char kid[KEY_ID_SIZE];
	struct key_life life;
	enum key_alg alg;
	const struct key_algorithm *algorithm;	/* static */
	struct key_material *material;		/* owned, secret: free_material() */
	char header[BASE64_SIZE(HEADER_SIZE)];	/* the first segment of the key's tokens */
	size_t header_len;
	size_t signature_len;
	bool has_text_digest;
	unsigned char text_digest[DIGEST_LEN];	/* of the text of its file: SHA-256 */
};

static const struct key_algorithm *const algorithms[] = {
	[KEY_HS256] = &key_hs256, [KEY_ES256] = &key_es256, [KEY_RS256] = &key_rs256,
	[KEY_EDDSA] = &key_eddsa,
};

const char *
key_alg_name(enum key_alg alg)
{
	return algorithms[alg]->name;
}

bool
key_alg_find(const char *name, enum key_alg *alg)
{
	for (int i = 0; i < KEY_ALGS; i++)
		if (strcmp(algorithms[i]->name, name) == 0) {
			*alg = (enum key_alg)i;
			return true;
		}
	return false;
}

bool
key_alg_is_asymmetric(enum key_alg alg)
{
	return algorithms[alg]->is_asymmetric;
}

const struct key_algorithm *
key_algorithm_of(enum key_alg alg)
{
	return algorithms[alg];
}

const char *
key_id(const struct key *key)
{
	return key->kid;
}

enum key_alg
key_alg(const struct key *key)
{
	return key->alg;
}

int64_t
key_created_at(const struct key *key)
{
	return key->life.made_at;
}

int64_t
key_signs_at(const struct key *key)
{
	return key->life.signs_at;
}

const struct key_life *
key_life(const struct key *key)
{
	return &key->life;
}

enum err
key_sign(const struct key *key, const char *claims, char **jwt)
{
	return key->algorithm->sign(key->material, key->kid, key->header, claims, jwt);
}

static bool
add_text(struct json_object *jwk, const char *name, const char *value)
{
	struct json_object *text = json_object_new_string(value);	/* given away */

	return text != NULL && json_object_object_add(jwk, name, text) == 0;
}

enum err
key_jwk(const struct key *key, struct json_object **jwk)
{
	*jwk = NULL;
	if (!key->algorithm->is_asymmetric)
		return ERR_OK;
	if ((*jwk = json_object_new_object()) == NULL)
		return ERR_MEMORY;
	if (key->algorithm->add_members(key->material, *jwk) && add_text(*jwk, "use", "sig") &&
	    add_text(*jwk, "alg", key->algorithm->name) && add_text(*jwk, "kid", key->kid))
		return ERR_OK;
	json_object_put(*jwk);
	*jwk = NULL;
	return ERR_MEMORY;
}

enum err
key_write(const struct key *key, enum key_half half, char **text)
{
	return key->algorithm->write(key->material, half, text);
}

enum err
key_public_pem(const struct key *key, char **pem)
{
	*pem = NULL;
	return key->algorithm->is_asymmetric ? key_write(key, KEY_PUBLIC, pem) : ERR_REFUSED;
}

enum key_header
key_compare_header(const struct key *key, const char *segment, size_t len)
{
	if (len == key->header_len && memcmp(segment, key->header, len) == 0)
		return KEY_HEADER_OWN;
	for (const char *const *other = key->algorithm->foreign_headers; *other != NULL; other++)
		if (len == strlen(*other) && memcmp(segment, *other, len) == 0)
			return KEY_HEADER_WITHOUT_KID;
	return KEY_HEADER_OTHER;
}

enum err
key_check(const struct key *key, const char *text, size_t text_len,
    const unsigned char *signature, size_t signature_len)
{
	if (signature_len != key->signature_len)
		return ERR_TOKEN;
	return key->algorithm->check(key->material, text, text_len, signature);
}

static void
set_header(struct key *key)
{
	char header[HEADER_SIZE];
	int len = snprintf(header, sizeof(header), HEADER, key->algorithm->name, key->kid,
	    key->algorithm->typ);

	key->header_len = text_encode_base64(BASE64_URL, header, (size_t)len, key->header);
}

struct key *
key_new(const char *kid, const struct key_life *life, enum key_alg alg,
    struct key_material *material)
{
	struct key *key = calloc(1, sizeof(*key));

	if (key == NULL) {
		algorithms[alg]->free_material(material);
		return NULL;
	}
	snprintf(key->kid, sizeof(key->kid), "%s", kid);
	key->life = *life;
	key->alg = alg;
	key->algorithm = algorithms[alg];
	key->material = material;
	key->signature_len = key->algorithm->signature_len(material);
	set_header(key);
	return key;
}

struct key *
key_copy_with_life(const struct key *key, const struct key_life *life)
{
	struct key *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *key;
	if ((copy->material = key->algorithm->copy_material(key->material)) == NULL) {
		free(copy);
		return NULL;
	}
	copy->life = *life;
	return copy;
}

struct key *
key_copy(const struct key *key)
{
	return key_copy_with_life(key, &key->life);
}

void
key_free(struct key *key)
{
	if (key == NULL)
		return;
	key->algorithm->free_material(key->material);
	free(key);
}

static bool
digest_text(const char *text, size_t len, unsigned char digest[DIGEST_LEN])
{
	return EVP_Digest(text, len, digest, NULL, EVP_sha256(), NULL) == 1;
}

void
key_note_text(struct key *key, const char *text, size_t len)
{
	key->has_text_digest = digest_text(text, len, key->text_digest);
}

bool
key_is_of_text(const struct key *key, const char *text, size_t len)
{
	unsigned char digest[DIGEST_LEN];

	return key->has_text_digest && digest_text(text, len, digest) &&
	    memcmp(digest, key->text_digest, sizeof(digest)) == 0;
}

static bool
is_same_life(const struct key_life *a, const struct key_life *b)
{
	return a->made_at == b->made_at && a->signs_at == b->signs_at &&
	    a->is_to_wait == b->is_to_wait && a->older_for == b->older_for;
}

bool
key_is_same(const struct key *a, const struct key *b)
{
	return strcmp(a->kid, b->kid) == 0 && a->alg == b->alg &&
	    is_same_life(&a->life, &b->life) && a->algorithm->is_same(a->material, b->material);
}
