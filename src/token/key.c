/* key: one key, which signs access tokens and checks what it has signed. */
#include "token/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "token/key_internal.h"
#include "token/kid.h"

/* In this order, since libjwt sorts the members of a header. */
#define HEADER "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"%s\"}"

enum {
	ALG_AND_TYP_LEN_MAX = 16,
	HEADER_SIZE = sizeof(HEADER) + ALG_AND_TYP_LEN_MAX + KEY_ID_SIZE,
};

struct key {
	char kid[KEY_ID_SIZE];
	int64_t created_at;			/* 0: unknown */
	enum key_role role;
	const struct key_algorithm *algorithm;	/* static */
	struct key_material *material;		/* owned, secret: free_material() */
	char header[BASE64_SIZE(HEADER_SIZE)];	/* the first segment of the key's tokens */
	size_t header_len;
};

const char *
key_id(const struct key *key)
{
	return key->kid;
}

int64_t
key_created_at(const struct key *key)
{
	return key->created_at;
}

enum key_role
key_role(const struct key *key)
{
	return key->role;
}

enum err
key_sign(const struct key *key, const char *claims, char **jwt)
{
	return key->algorithm->sign(key->material, key->kid, claims, jwt);
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
	if (signature_len != key->algorithm->signature_len)
		return ERR_TOKEN;
	return key->algorithm->check(key->material, text, text_len, signature);
}

/* Returns the algorithm of a new key; there is one so far. */
static const struct key_algorithm *
find_algorithm(void)
{
	return &key_hs256;
}

const char *
key_find_fault(const char *secret, size_t len)
{
	return find_algorithm()->find_fault(secret, len);
}

static void
set_header(struct key *key)
{
	char header[HEADER_SIZE];
	int len = snprintf(header, sizeof(header), HEADER, key->algorithm->alg, key->kid,
	    key->algorithm->typ);

	key->header_len = text_encode_base64(BASE64_URL, header, (size_t)len, key->header);
}

struct key *
key_new(const char *kid, const char *secret, size_t len)
{
	struct key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return NULL;
	key->algorithm = find_algorithm();
	if ((key->material = key->algorithm->new_material(secret, len)) == NULL) {
		free(key);
		return NULL;
	}
	snprintf(key->kid, sizeof(key->kid), "%s", kid);
	key->created_at = kid_moment(kid);
	key->role = KEY_VERIFIES;
	set_header(key);
	return key;
}

struct key *
key_copy(const struct key *key)
{
	struct key *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return NULL;
	*copy = *key;
	copy->role = KEY_VERIFIES;
	if ((copy->material = key->algorithm->copy_material(key->material)) == NULL) {
		free(copy);
		return NULL;
	}
	return copy;
}

void
key_free(struct key *key)
{
	if (key == NULL)
		return;
	key->algorithm->free_material(key->material);
	free(key);
}

void
key_set_role(struct key *key, enum key_role role)
{
	key->role = role;
}

bool
key_has_secret(const struct key *key, const char *secret, size_t len)
{
	return key->algorithm->has_secret(key->material, secret, len);
}

bool
key_is_same(const struct key *a, const struct key *b)
{
	return strcmp(a->kid, b->kid) == 0 && a->algorithm == b->algorithm &&
	    a->algorithm->is_same(a->material, b->material);
}
