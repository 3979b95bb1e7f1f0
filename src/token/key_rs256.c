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

/*
 * Returns whether the modulus is one of those that Infineon's chips made until 2017, which can be
 * factored (CVE-2017-15361): modulo each small prime it is a power of 65537.
 */
static bool
has_weak_modulus(const EVP_PKEY *pkey)
{
	static const unsigned char primes[] = {
		3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79,
		83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	};
	BIGNUM *n = NULL;	/* owned */
	bool is_weak = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1;

	for (size_t i = 0; i < sizeof(primes) && is_weak; i++) {
		const BN_ULONG prime = primes[i], rest = BN_mod_word(n, prime);
		BN_ULONG power = 1;

		do
			power = power * 65537 % prime;
		while (power != rest && power != 1);
		is_weak = power == rest;
	}
	BN_free(n);
	return is_weak;
}

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
	if (has_weak_modulus(pkey))
		return "made by a chip with a weak generator (CVE-2017-15361); make a new one";
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
