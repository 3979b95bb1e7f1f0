/* key_rs256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3). */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <stdint.h>

#include "token/key_evp.h"

enum {
	BITS = 2048,			/* of a new key; RFC 7518 asks for that many */
	BITS_MAX = 8 * KEY_SIGNATURE_MAX,
	EXPONENT_MIN = 65537,		/* FIPS 186-5, section A.1.1 */
	EXPONENT_MAX = INT32_MAX,	/* verifiers in Go take no larger one */
};

static bool
has_usual_exponent(const EVP_PKEY *pkey)
{
	BIGNUM *e = NULL;	/* owned */
	const bool is_usual = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 &&
	    BN_is_odd(e) && BN_get_word(e) >= EXPONENT_MIN && BN_get_word(e) <= EXPONENT_MAX;

	BN_free(e);
	return is_usual;
}

static const char *
prepare(EVP_PKEY *pkey)
{
	const int bits = EVP_PKEY_get_bits(pkey);

	if (bits < BITS)
		return "shorter than 2048 bits; make a longer one";
	if (bits > BITS_MAX)
		return "longer than 4096 bits; make a shorter one";
	if (!has_usual_exponent(pkey))
		return "its public exponent is even, less than 65537 or longer than 31 bits; make "
		    "a new one";
	return NULL;
}

static const struct key_evp_kind kind = {
	.type = "RSA",
	.digest = "SHA256",
	.prepare = prepare,
};

static const char *
read_half(const char *text, size_t len, enum key_half half, struct key_material **material)
{
	return key_evp_read(&kind, text, len, half, material);
}

static enum err
generate(struct key_material **material)
{
	return key_evp_take(&kind, EVP_RSA_gen(BITS), material);
}

static bool
add_members(const struct key_material *material, struct json_object *jwk)
{
	const EVP_PKEY *pkey = key_evp_pkey(material);

	return key_evp_add_number(jwk, "e", pkey, OSSL_PKEY_PARAM_RSA_E, 0) &&
	    key_evp_add_text(jwk, "kty", "RSA") &&
	    key_evp_add_number(jwk, "n", pkey, OSSL_PKEY_PARAM_RSA_N, 0);
}

const struct key_algorithm key_rs256 = {
	.name = "RS256",
	.read = read_half,
	.generate = generate,
	.add_members = add_members,
	KEY_EVP_COMMON,
};
