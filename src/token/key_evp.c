/* key_evp: what the asymmetric algorithms have in common. */
#include "token/key_evp.h"

#include <errno.h>
#include <json-c/json.h>
#include <openssl/bn.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "token/evp_error.h"
#include "token/key_pem.h"

const char key_evp_other_type[] =
    "a key for another algorithm; take one of P-256, RSA or Ed25519, as the algorithm has it";

const char *const key_evp_no_headers[] = { NULL };

struct key_material {
	const struct key_evp_kind *kind;	/* static */
	EVP_PKEY *pkey;				/* owned: one reference; threads may share it */
};

/* Takes pkey, also on failure. Returns NULL when there is no memory. */
static struct key_material *
new_material(const struct key_evp_kind *kind, EVP_PKEY *pkey)
{
	struct key_material *material = malloc(sizeof(*material));

	if (material == NULL) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	material->kind = kind;
	material->pkey = pkey;
	return material;
}

/* Signs text as JOSE does. Returns false, with reports of OpenSSL, on failure. */
static bool
sign(const struct key_material *material, const char *text, size_t text_len,
    unsigned char signature[KEY_SIGNATURE_MAX], size_t *len)
{
	const struct key_evp_kind *kind = material->kind;
	EVP_MD_CTX *context = EVP_MD_CTX_new();		/* owned */
	bool is_signed = false;

	*len = KEY_SIGNATURE_MAX;
	is_signed = context != NULL &&
	    EVP_DigestSignInit_ex(context, NULL, kind->digest, NULL, NULL, material->pkey,
		NULL) == 1 &&
	    EVP_DigestSign(context, signature, len, (const unsigned char *)text, text_len) == 1 &&
	    (kind->from_der == NULL || kind->from_der(signature, len));
	EVP_MD_CTX_free(context);
	return is_signed;
}

/*
 * Returns ERR_REFUSED where a refusal may come of something else than the signature: some versions
 * of OpenSSL do not report it when memory is out in the midst of ECDSA, which then says -1, or of
 * Ed25519.
 */
static enum err
check_once(const struct key_material *material, const char *text, size_t text_len,
    const unsigned char *signature, size_t len)
{
	const struct key_evp_kind *kind = material->kind;
	EVP_MD_CTX *context = EVP_MD_CTX_new();		/* owned */
	enum err err = ERR_MEMORY;			/* all that can fail at first */
	int verdict;

	if (context != NULL &&
	    EVP_DigestVerifyInit_ex(context, NULL, kind->digest, NULL, NULL, material->pkey,
		NULL) == 1) {
		/* Else OpenSSL works on a copy, and one that cannot be made is no report. */
		EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE);
		verdict = EVP_DigestVerify(context, signature, len, (const unsigned char *)text,
		    text_len);
		err = verdict == 1 ? ERR_OK :
		    evp_error_take(verdict == 0 && kind->digest != NULL ? ERR_TOKEN : ERR_REFUSED);
	}
	EVP_MD_CTX_free(context);
	(void)evp_error_take(ERR_OK);
	return err;
}

enum err
key_evp_check(const struct key_material *material, const char *text, size_t text_len,
    const unsigned char *signature)
{
	const struct key_evp_kind *kind = material->kind;
	size_t len = key_evp_signature_len(material);
	unsigned char der[KEY_SIGNATURE_MAX];
	enum err err;

	if (kind->to_der != NULL) {
		if (!kind->to_der(signature, der, &len))
			return evp_error_take(ERR_MEMORY);
		signature = der;
	}
	err = check_once(material, text, text_len, signature, len);
	if (err == ERR_REFUSED)
		err = check_once(material, text, text_len, signature, len);
	return err == ERR_REFUSED ? ERR_TOKEN : err;
}

/* Returns whether what one half signs the other finds good. */
static bool
has_matching_halves(const struct key_material *material)
{
	static const char text[] = "any text";
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t len;

	return sign(material, text, sizeof(text), signature, &len) &&
	    key_evp_check(material, text, sizeof(text), signature) == ERR_OK;
}

/* Makes a key that was read ready. Returns NULL, or what is wrong with it. */
static const char *
prepare(const struct key_material *material, enum key_half half)
{
	const char *fault;

	if (!EVP_PKEY_is_a(material->pkey, material->kind->type))
		return key_evp_other_type;
	if ((fault = material->kind->prepare(material->pkey)) == NULL &&
	    half == KEY_PRIVATE && !has_matching_halves(material))
		fault = "its private and its public key do not belong together; make a new one";
	return evp_error_take(ERR_OK) == ERR_OK ? fault : strerror(ENOMEM);
}

const char *
key_evp_read(const struct key_evp_kind *kind, const char *text, size_t len, enum key_half half,
    struct key_material **material)
{
	EVP_PKEY *pkey;		/* given away */
	const char *fault;

	*material = NULL;
	if ((fault = key_pem_read(text, len, half, &pkey)) != NULL)
		return fault;
	if ((*material = new_material(kind, pkey)) == NULL)
		return strerror(ENOMEM);
	if ((fault = prepare(*material, half)) != NULL) {
		key_evp_free(*material);
		*material = NULL;
	}
	return fault;
}

enum err
key_evp_take(const struct key_evp_kind *kind, EVP_PKEY *pkey, struct key_material **material)
{
	*material = NULL;
	if (pkey == NULL)
		return evp_error_log("cannot make a key");
	*material = new_material(kind, pkey);
	return *material != NULL ? ERR_OK : ERR_MEMORY;
}

enum err
key_evp_write(const struct key_material *material, enum key_half half, char **text)
{
	return key_pem_write(material->pkey, half, text);
}

void
key_evp_free(struct key_material *material)
{
	if (material == NULL)
		return;
	EVP_PKEY_free(material->pkey);
	free(material);
}

struct key_material *
key_evp_copy(const struct key_material *material)
{
	return EVP_PKEY_up_ref(material->pkey) != 1 ? NULL :
	    new_material(material->kind, material->pkey);
}

bool
key_evp_is_same(const struct key_material *a, const struct key_material *b)
{
	const bool is_same = EVP_PKEY_eq(a->pkey, b->pkey) == 1;

	(void)evp_error_take(ERR_OK);
	return is_same;
}

size_t
key_evp_signature_len(const struct key_material *material)
{
	if (material->kind->signature_len != 0)
		return material->kind->signature_len;
	return (size_t)EVP_PKEY_get_size(material->pkey);
}

enum err
key_evp_sign(const struct key_material *material, const char *kid, const char *header,
    const char *claims, char **jwt)
{
	const size_t header_len = strlen(header), claims_len = strlen(claims);
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t len, signature_len;

	(void)kid;	/* is in the header */
	*jwt = malloc(header_len + 1 + BASE64_SIZE(claims_len) + BASE64_SIZE(sizeof(signature)));
	if (*jwt == NULL)
		return ERR_MEMORY;
	memcpy(*jwt, header, header_len);
	(*jwt)[header_len] = '.';
	len = header_len + 1;
	len += text_encode_base64(BASE64_URL, claims, claims_len, *jwt + len);
	if (!sign(material, *jwt, len, signature, &signature_len)) {
		free(*jwt);
		*jwt = NULL;
		return evp_error_log("cannot issue a token");
	}
	(*jwt)[len++] = '.';
	(void)text_encode_base64(BASE64_URL, signature, signature_len, *jwt + len);
	return ERR_OK;
}

const EVP_PKEY *
key_evp_pkey(const struct key_material *material)
{
	return material->pkey;
}

bool
key_evp_add_text(struct json_object *jwk, const char *name, const char *text)
{
	struct json_object *value = json_object_new_string(text);	/* given away */

	if (value != NULL && json_object_object_add(jwk, name, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

bool
key_evp_add_bytes(struct json_object *jwk, const char *name, const unsigned char *bytes,
    size_t len)
{
	char text[BASE64_SIZE(KEY_SIGNATURE_MAX)];

	if (len > KEY_SIGNATURE_MAX)
		return false;
	(void)text_encode_base64(BASE64_URL, bytes, len, text);
	return key_evp_add_text(jwk, name, text);
}

bool
key_evp_add_number(struct json_object *jwk, const char *name, const EVP_PKEY *pkey,
    const char *parameter, size_t len)
{
	unsigned char bytes[KEY_SIGNATURE_MAX];
	BIGNUM *number = NULL;		/* owned */
	bool is_added = false;

	if (EVP_PKEY_get_bn_param(pkey, parameter, &number) == 1) {
		if (len == 0)
			len = (size_t)BN_num_bytes(number);
		is_added = len <= sizeof(bytes) &&
		    BN_bn2binpad(number, bytes, (int)len) == (int)len &&
		    key_evp_add_bytes(jwk, name, bytes, len);
	}
	BN_free(number);
	(void)evp_error_take(ERR_OK);
	return is_added;
}
