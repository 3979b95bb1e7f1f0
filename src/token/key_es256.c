/* key_es256: ECDSA with P-256 and SHA-256 (RFC 7518, section 3.4). */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <string.h>

#include "token/key_evp.h"

enum {
	NUMBER_LEN = 32,		/* bytes of a coordinate, and of r and s */
	SIGNATURE_LEN = 2 * NUMBER_LEN,
};

/* Returns whether the point can be one of a key: the one at infinity cannot. */
static bool
has_good_point(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);	/* owned */
	const bool is_good = context != NULL && EVP_PKEY_public_check(context) == 1;

	EVP_PKEY_CTX_free(context);
	return is_good;
}

/*
 * The curve by its name alone: what spells its parameters out may give another curve that name
 * (CVE-2020-0601).
 */
static const char *
prepare(EVP_PKEY *pkey)
{
	char curve[sizeof("prime256v1")];
	int is_spelt_out = 1;

	if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
	    &is_spelt_out) != 1 || is_spelt_out)
		return "its curve is not given by name; write it with the name: openssl ec "
		    "-param_enc named_curve";
	if (EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL) != 1 ||
	    strcmp(curve, "prime256v1") != 0)
		return "not of the curve P-256; make one that is";
	if (!has_good_point(pkey))
		return "its point is not one of a key; make a new key";
	/* Not every program reads a compressed point: none is written. */
	if (EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
	    OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
		return strerror(ENOMEM);
	return NULL;
}

/*
 * OpenSSL refuses numbers below 1, or from the order n of the curve on, when it checks. The
 * standard allows both s and n - s, and anybody can make one of the other: these are two spellings
 * of one token, whose claims are the same, and which is revoked by them.
 */
static bool
to_der(const unsigned char *signature, unsigned char der[KEY_SIGNATURE_MAX], size_t *len)
{
	ECDSA_SIG *pair = ECDSA_SIG_new();				/* owned */
	BIGNUM *r = BN_bin2bn(signature, NUMBER_LEN, NULL);		/* given to pair */
	BIGNUM *s = BN_bin2bn(signature + NUMBER_LEN, NUMBER_LEN, NULL);
	int der_len = 0;

	if (pair != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL;
		der_len = i2d_ECDSA_SIG(pair, &der);
	}
	BN_free(s);
	BN_free(r);
	ECDSA_SIG_free(pair);
	*len = der_len > 0 ? (size_t)der_len : 0;
	return der_len > 0;
}

static bool
from_der(unsigned char signature[KEY_SIGNATURE_MAX], size_t *len)
{
	const unsigned char *der = signature;
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)*len);	/* owned */
	const bool is_written = pair != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, NUMBER_LEN) == NUMBER_LEN &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + NUMBER_LEN, NUMBER_LEN) ==
		NUMBER_LEN;

	ECDSA_SIG_free(pair);
	*len = SIGNATURE_LEN;
	return is_written;
}

static const struct key_evp_kind kind = {
	.type = "EC",
	.digest = "SHA256",
	.signature_len = SIGNATURE_LEN,
	.prepare = prepare,
	.to_der = to_der,
	.from_der = from_der,
};

static const char *
read_half(const char *text, size_t len, enum key_half half, struct key_material **material)
{
	return key_evp_read(&kind, text, len, half, material);
}

static enum err
generate(struct key_material **material)
{
	return key_evp_take(&kind, EVP_EC_gen("P-256"), material);
}

static bool
add_members(const struct key_material *material, struct json_object *jwk)
{
	const EVP_PKEY *pkey = key_evp_pkey(material);

	return key_evp_add_text(jwk, "crv", "P-256") && key_evp_add_text(jwk, "kty", "EC") &&
	    key_evp_add_number(jwk, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, NUMBER_LEN) &&
	    key_evp_add_number(jwk, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, NUMBER_LEN);
}

const struct key_algorithm key_es256 = {
	.name = "ES256",
	.read = read_half,
	.generate = generate,
	.add_members = add_members,
	KEY_EVP_COMMON,
};
