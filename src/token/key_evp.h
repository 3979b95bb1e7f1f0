/*
 * key_evp: what the asymmetric algorithms have in common. For this room alone.
 *
 * Keys are OpenSSL's, parsed once. Most of the functions are there to be put into the table of an
 * algorithm, and do what struct key_algorithm says.
 */
#ifndef BEARWARD_TOKEN_KEY_EVP_H
#define BEARWARD_TOKEN_KEY_EVP_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

#include "token/key_internal.h"

/* A kind of key, and how an algorithm uses it. */
struct key_evp_kind {
	const char *type;	/* as EVP_PKEY_is_a() knows it */
	const char *digest;	/* NULL: the algorithm brings its own */
	size_t signature_len;	/* 0: as many bytes as OpenSSL says */

	/* Makes a key of that type ready. Returns NULL, or why it will not do; static. */
	const char *(*prepare)(EVP_PKEY *pkey);
	/*
	 * Turn a signature as OpenSSL writes it, in place and of *len bytes, into one of JOSE, and
	 * the other way round. Return false when there is no memory. NULL: they are the same.
	 */
	bool (*from_der)(unsigned char signature[KEY_SIGNATURE_MAX], size_t *len);
	bool (*to_der)(const unsigned char *signature, unsigned char der[KEY_SIGNATURE_MAX],
	    size_t *len);
};

/* The fault of a key of another type than that of the algorithm which was to read it. */
extern const char key_evp_other_type[];

/* None: what others issue for an asymmetric key has its kid. */
extern const char *const key_evp_no_headers[];

/* Reads a key of that kind, which is static, and checks it. */
const char *key_evp_read(const struct key_evp_kind *kind, const char *text, size_t len,
    enum key_half half, struct key_material **material);

/* Makes material of a new key, taken; NULL: OpenSSL could not make one. */
ERR_CHECKED enum err key_evp_take(const struct key_evp_kind *kind, EVP_PKEY *pkey,
    struct key_material **material);

ERR_CHECKED enum err key_evp_write(const struct key_material *material, enum key_half half,
    char **text);
void key_evp_free(struct key_material *material);
struct key_material *key_evp_copy(const struct key_material *material);
bool key_evp_is_same(const struct key_material *a, const struct key_material *b);
size_t key_evp_signature_len(const struct key_material *material);
ERR_CHECKED enum err key_evp_sign(const struct key_material *material, const char *kid,
    const char *header, const char *claims, char **jwt);
ERR_CHECKED enum err key_evp_check(const struct key_material *material, const char *text,
    size_t text_len, const unsigned char *signature);

/* What stands in the table of each of the algorithms. */
#define KEY_EVP_COMMON										\
	.typ = "at+jwt",									\
	.is_asymmetric = true,									\
	.foreign_headers = key_evp_no_headers,							\
	.write = key_evp_write,									\
	.free_material = key_evp_free,								\
	.copy_material = key_evp_copy,								\
	.is_same = key_evp_is_same,								\
	.signature_len = key_evp_signature_len,							\
	.sign = key_evp_sign,									\
	.check = key_evp_check

/* Returns OpenSSL's key. Borrowed from material. */
const EVP_PKEY *key_evp_pkey(const struct key_material *material);

/* Add a member to a JWK: a text, bytes, a number. Return false when there is no memory. */
bool key_evp_add_text(struct json_object *jwk, const char *name, const char *text);
bool key_evp_add_bytes(struct json_object *jwk, const char *name, const unsigned char *bytes,
    size_t len);
/* The number is a parameter of pkey, written in len bytes; 0: in as few as it takes. */
bool key_evp_add_number(struct json_object *jwk, const char *name, const EVP_PKEY *pkey,
    const char *parameter, size_t len);

#endif
