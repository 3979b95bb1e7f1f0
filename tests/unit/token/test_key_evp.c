/*
 * test_key_evp: what the asymmetric algorithms sign they find good, and nothing else; and which
 * keys they take.
 */
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/secret.h"
#include "base/text.h"
#include "token/key_evp.h"
#include "token/key_internal.h"
#include "token/thumbprint.h"

#define COUNT(vectors) (sizeof(vectors) / sizeof((vectors)[0]))
/* What sign() signs: "a claim", and a header. */
#define TEXT "header.YSBjbGFpbQ"

enum { ES256 = 0, RS256 = 1, EDDSA = 2, ALGORITHMS = 3 };

static const struct key_algorithm *const algorithms[ALGORITHMS] = {
	&key_es256, &key_rs256, &key_eddsa,
};

/* RFC 7515, section A.3, as PKCS #8 and SEC 1, and its public half. */
#define EC_PRIVATE "-----BEGIN PRIVATE KEY-----\n"						\
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"			\
	"H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"			\
	"7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"				\
	"-----END PRIVATE KEY-----\n"
#define EC_SEC1 "-----BEGIN EC PRIVATE KEY-----\n"						\
	"MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"			\
	"AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"			\
	"focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"						\
	"-----END EC PRIVATE KEY-----\n"
#define EC_PUBLIC "-----BEGIN PUBLIC KEY-----\n"						\
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"			\
	"6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"			\
	"-----END PUBLIC KEY-----\n"
/* Of the point, x, and whether y is odd. */
#define EC_COMPRESSED "-----BEGIN PUBLIC KEY-----\n"						\
	"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"			\
	"6e8Tus9uPHvRVEU=\n"									\
	"-----END PUBLIC KEY-----\n"
/* The last byte of y is another one. */
#define EC_OFF_CURVE "-----BEGIN PUBLIC KEY-----\n"						\
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"			\
	"6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrg==\n"			\
	"-----END PUBLIC KEY-----\n"
/* The point is the one at infinity. */
#define EC_INFINITY "-----BEGIN PUBLIC KEY-----\n"						\
	"MBkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDAgAA\n"						\
	"-----END PUBLIC KEY-----\n"
/* The secret number is another one than that of the point. */
#define EC_MISMATCH "-----BEGIN EC PRIVATE KEY-----\n"						\
	"MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSzoAoGCCqGSM49\n"			\
	"AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"			\
	"focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"						\
	"-----END EC PRIVATE KEY-----\n"
/* RFC 7638, section 3.1. */
#define RSA_PUBLIC "-----BEGIN PUBLIC KEY-----\n"						\
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0vx7agoebGcQSuuPiLJX\n"			\
	"ZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS\n"			\
	"oc/BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ/2W+5JsGY4Hc5n9yBXArwl93lqt\n"			\
	"7/RN5w6Cf0h4QyQ5v+65YGjQR0/FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0\n"			\
	"zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt+bFTWhAI4vMQFh6WeZu0f\n"			\
	"M4lFd2NcRwr3XPksINHaQ+G/xBniIqbw0Ls1jF44+csFCur+kEgU8awapJzKnqDK\n"			\
	"gwIDAQAB\n"										\
	"-----END PUBLIC KEY-----\n"
/* RFC 8037, section A.1. */
#define ED_PRIVATE "-----BEGIN PRIVATE KEY-----\n"						\
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"			\
	"-----END PRIVATE KEY-----\n"

static struct key_material *made[ALGORITHMS];	/* owned; one of each algorithm */

/* Of OpenSSL's allocations, counted from 1, those from the first to the last fail. */
static long allocations, first_that_fails = LONG_MAX, last_that_fails = LONG_MAX;

static bool
fails(void)
{
	const long count = __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);

	return count >= first_that_fails && count <= last_that_fails;
}

static void *
failing_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(size);
}

static void *
failing_realloc(void *data, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(data, size);
}

static void
do_free(void *data, const char *file, int line)
{
	(void)file;
	(void)line;
	free(data);
}

static int
make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++)
		assert_int_equal(algorithms[i]->generate(&made[i]), ERR_OK);
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++)
		algorithms[i]->free_material(made[i]);
	return 0;
}

static struct key_material *
read_key(const struct key_algorithm *algorithm, const char *pem, enum key_half half)
{
	struct key_material *material;
	const char *fault = algorithm->read(pem, strlen(pem), half, &material);

	if (fault != NULL)
		fail_msg("%s: %s", fault, pem);
	assert_int_equal(ERR_peek_error(), 0);
	return material;
}

static void
assert_fault(const struct key_algorithm *algorithm, const char *pem, enum key_half half,
    const char *word)
{
	struct key_material *material;
	const char *fault = algorithm->read(pem, strlen(pem), half, &material);

	if (fault == NULL || strstr(fault, word) == NULL || strchr(fault, ';') == NULL)
		fail_msg("expected \"%s\", came \"%s\": %s", word, fault, pem);
	assert_null(material);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
sign(size_t i, unsigned char signature[KEY_SIGNATURE_MAX])
{
	char *jwt = NULL;
	size_t len = 0;

	assert_int_equal(algorithms[i]->sign(made[i], "kid", "header", "a claim", &jwt), ERR_OK);
	assert_memory_equal(jwt, TEXT ".", sizeof(TEXT));
	assert_int_equal(text_decode_base64(BASE64_URL, jwt + sizeof(TEXT),
	    strlen(jwt + sizeof(TEXT)), signature, KEY_SIGNATURE_MAX, &len), ERR_OK);
	assert_int_equal(len, algorithms[i]->signature_len(made[i]));
	secret_free(jwt);
}

static enum err
check(size_t i, const unsigned char *signature)
{
	const enum err err = algorithms[i]->check(made[i], TEXT, strlen(TEXT), signature);

	assert_int_equal(ERR_peek_error(), 0);
	return err;
}

static void
a_signature_is_good_for_its_key_and_its_text_alone(void **state)
{
	unsigned char signature[KEY_SIGNATURE_MAX];
	struct key_material *other;

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		sign(i, signature);
		assert_int_equal(check(i, signature), ERR_OK);
		assert_int_equal(algorithms[i]->check(made[i], TEXT, strlen(TEXT) - 1, signature),
		    ERR_TOKEN);
		assert_int_equal(algorithms[i]->check(made[i], "", 0, signature), ERR_TOKEN);

		assert_int_equal(algorithms[i]->generate(&other), ERR_OK);
		assert_int_equal(algorithms[i]->check(other, TEXT, strlen(TEXT), signature),
		    ERR_TOKEN);
		assert_false(algorithms[i]->is_same(made[i], other));
		algorithms[i]->free_material(other);
	}
}

static void
every_bit_of_a_signature_counts(void **state)
{
	unsigned char signature[KEY_SIGNATURE_MAX];

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		sign(i, signature);
		for (size_t bit = 0; bit < 8 * algorithms[i]->signature_len(made[i]); bit++) {
			signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_int_equal(check(i, signature), ERR_TOKEN);
			signature[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		assert_int_equal(check(i, signature), ERR_OK);
	}
}

/* RFC 7515, section A.3, and RFC 8037, section A.4, which has one signature only. */
static void
the_examples_of_the_rfcs_come_out(void **state)
{
	static const char text[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkz"
	    "ODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const char ec_signature[] = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw"
	    "5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
	struct key_material *ec = read_key(&key_es256, EC_PUBLIC, KEY_PUBLIC);
	struct key_material *ed = read_key(&key_eddsa, ED_PRIVATE, KEY_PRIVATE);
	unsigned char signature[KEY_SIGNATURE_MAX];
	size_t len;
	char *jwt;

	(void)state;
	assert_int_equal(text_decode_base64(BASE64_URL, ec_signature, strlen(ec_signature),
	    signature, sizeof(signature), &len), ERR_OK);
	assert_int_equal(key_es256.check(ec, text, strlen(text), signature), ERR_OK);
	assert_int_equal(key_eddsa.sign(ed, "", "eyJhbGciOiJFZERTQSJ9",
	    "Example of Ed25519 signing", &jwt), ERR_OK);
	assert_string_equal(jwt, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
	    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0K"
	    "Ag");
	secret_free(jwt);
	key_eddsa.free_material(ed);
	key_es256.free_material(ec);
}

static void
a_half_that_was_written_is_read_again_and_the_public_one_cannot_sign(void **state)
{
	unsigned char signature[KEY_SIGNATURE_MAX];
	struct key_material *material[2], *copy;
	char *pem[2], *jwt;

	(void)state;
	for (size_t i = 0; i < ALGORITHMS; i++) {
		const struct key_algorithm *algorithm = algorithms[i];

		for (int half = KEY_PRIVATE; half <= KEY_PUBLIC; half++) {
			assert_int_equal(algorithm->write(made[i], (enum key_half)half,
			    &pem[half]), ERR_OK);
			material[half] = read_key(algorithm, pem[half], (enum key_half)half);
			assert_true(algorithm->is_same(made[i], material[half]));
		}
		assert_memory_equal(pem[KEY_PRIVATE], "-----BEGIN PRIVATE KEY-----\n", 28);
		assert_memory_equal(pem[KEY_PUBLIC], "-----BEGIN PUBLIC KEY-----\n", 27);
		assert_fault(algorithm, pem[KEY_PRIVATE], KEY_PUBLIC, "private key where");
		assert_fault(algorithm, pem[KEY_PUBLIC], KEY_PRIVATE, "public key");
		assert_fault(algorithms[(i + 1) % ALGORITHMS], pem[KEY_PUBLIC], KEY_PUBLIC,
		    key_evp_other_type);

		copy = algorithm->copy_material(material[KEY_PUBLIC]);
		algorithm->free_material(material[KEY_PUBLIC]);
		sign(i, signature);
		assert_int_equal(algorithm->check(copy, TEXT, strlen(TEXT), signature), ERR_OK);
		assert_int_equal(algorithm->sign(copy, "", "header", "a claim", &jwt),
		    ERR_INTERNAL);
		assert_null(jwt);
		assert_int_not_equal(algorithm->write(copy, KEY_PRIVATE, &jwt), ERR_OK);
		assert_null(jwt);
		assert_int_equal(ERR_peek_error(), 0);
		algorithm->free_material(copy);
		algorithm->free_material(material[KEY_PRIVATE]);
		secret_free(pem[KEY_PRIVATE]);
		secret_free(pem[KEY_PUBLIC]);
	}
}

static void
a_key_is_read_with_text_before_it_and_white_space_behind_it(void **state)
{
	struct key_material *plain = read_key(&key_es256, EC_PRIVATE, KEY_PRIVATE);
	static const char *const spellings[] = {
		EC_SEC1, "alg: ES256\nuse: access\n\n" EC_PRIVATE " \r\n\t\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(spellings); i++) {
		struct key_material *material = read_key(&key_es256, spellings[i], KEY_PRIVATE);

		assert_true(key_es256.is_same(plain, material));
		key_es256.free_material(material);
	}
	key_es256.free_material(plain);
}

static void
a_compressed_point_is_written_whole(void **state)
{
	struct key_material *material = read_key(&key_es256, EC_COMPRESSED, KEY_PUBLIC);
	char *pem;

	(void)state;
	assert_int_equal(key_es256.write(material, KEY_PUBLIC, &pem), ERR_OK);
	assert_string_equal(pem, EC_PUBLIC);
	secret_free(pem);
	key_es256.free_material(material);
}

static void
what_is_not_one_whole_sound_key_is_refused(void **state)
{
	static const struct {
		const char *pem;
		enum key_half half;
		const char *word;
	} rows[] = {
		{ "", KEY_PRIVATE, "not a whole PEM block" },
		{ "c5d1f0a97e3b4826d4c0915f7ab36e28", KEY_PRIVATE, "not a whole PEM block" },
		{ "-----BEGIN PRIVATE KEY-----\nMIGH\n", KEY_PRIVATE, "not a whole PEM block" },
		{ "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n", KEY_PRIVATE,
		  "damaged" },
		{ "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", KEY_PRIVATE, "" },
		{ "-----BEGIN CERTIFICATE-----\nMIGH\n-----END CERTIFICATE-----\n", KEY_PRIVATE,
		  "no key" },
		{ EC_PRIVATE EC_PRIVATE, KEY_PRIVATE, "behind" },
		{ EC_PUBLIC EC_PRIVATE, KEY_PUBLIC, "behind" },
		{ EC_PRIVATE "x", KEY_PRIVATE, "behind" },
		{ EC_OFF_CURVE, KEY_PUBLIC, "damaged" },
		{ EC_MISMATCH, KEY_PRIVATE, "belong together" },
		{ EC_INFINITY, KEY_PUBLIC, "point" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_fault(&key_es256, rows[i].pem, rows[i].half, rows[i].word);
	for (size_t len = 0; len < strlen(EC_PRIVATE) - 1; len++) {
		char *pem = strndup(EC_PRIVATE, len);

		assert_fault(&key_es256, pem, KEY_PRIVATE, "not a whole PEM block");
		free(pem);
	}
}

static char *
text_of(BIO *bio)
{
	char *data, *text;
	const long len = BIO_get_mem_data(bio, &data);

	text = strndup(data, (size_t)len);
	assert_true(len > 0 && text != NULL);
	BIO_free(bio);
	return text;
}

/* Writes a key, which is taken, by another hand than ours. */
static char *
write_public(EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(pkey);
	assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
	EVP_PKEY_free(pkey);
	return text_of(bio);
}

static EVP_PKEY *
spelt_out(EVP_PKEY *pkey)
{
	assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
	    "explicit"), 1);
	return pkey;
}

static EVP_PKEY *
make_pss(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1024), 1);
	assert_int_equal(EVP_PKEY_generate(context, &pkey), 1);
	EVP_PKEY_CTX_free(context);
	return pkey;
}

/* The public half of a key with n as above, and one bit more at its front if bits is more. */
static EVP_PKEY *
make_rsa(int bits, const char *exponent)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = NULL, *e = NULL;
	OSSL_PARAM *params;
	EVP_PKEY *pkey = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key_evp_pkey(made[RS256]), OSSL_PKEY_PARAM_RSA_N,
	    &n), 1);
	assert_true(bits <= 2048 || BN_set_bit(n, bits - 1) == 1);
	assert_true(bits >= 2048 || BN_mask_bits(n, bits) == 1);
	assert_true(bits >= 2048 || BN_set_bit(n, bits - 1) == 1);
	assert_true(BN_dec2bn(&e, exponent) > 0);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e), 1);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	BN_free(e);
	BN_free(n);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(context);
	return pkey;
}

static void
a_key_of_another_kind_or_size_is_refused(void **state)
{
	const struct {
		const struct key_algorithm *algorithm;
		EVP_PKEY *pkey;
		const char *word;
	} rows[] = {
		{ &key_es256, EVP_EC_gen("P-384"), "P-256" },
		{ &key_es256, EVP_EC_gen("secp256k1"), "P-256" },
		{ &key_es256, EVP_EC_gen("secp112r1"), "P-256" },
		{ &key_es256, spelt_out(EVP_EC_gen("P-256")), "by name" },
		{ &key_rs256, make_pss(), key_evp_other_type },
		{ &key_rs256, make_rsa(2047, "65537"), "shorter" },
		{ &key_rs256, make_rsa(4097, "65537"), "longer" },
		{ &key_rs256, make_rsa(2048, "1"), "exponent" },
		{ &key_rs256, make_rsa(2048, "3"), "exponent" },
		{ &key_rs256, make_rsa(2048, "65535"), "exponent" },
		{ &key_rs256, make_rsa(2048, "65538"), "exponent" },
		{ &key_rs256, make_rsa(2048, "2147483649"), "exponent" },
		{ &key_rs256, make_rsa(2048, "1000000000000000000000000000001"), "exponent" },
		{ &key_eddsa, EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), key_evp_other_type },
		{ &key_eddsa, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), key_evp_other_type },
	};
	char *odd = write_public(make_rsa(2048, "65539"));
	struct key_material *material = read_key(&key_rs256, odd, KEY_PUBLIC);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *pem = write_public(rows[i].pkey);

		assert_fault(rows[i].algorithm, pem, KEY_PUBLIC, rows[i].word);
		free(pem);
	}
	key_rs256.free_material(material);
	free(odd);
}

/* In PKCS #8, in the form that came before, and in a block that says it were not. */
static void
a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(void **state)
{
	static const char begin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
	const EVP_PKEY *pkey = key_evp_pkey(made[ES256]);
	BIO *modern = BIO_new(BIO_s_mem()), *old = BIO_new(BIO_s_mem());
	unsigned char password[] = "password";
	char *pem[2], mislabelled[1024];

	(void)state;
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(modern, pkey, EVP_aes_128_cbc(),
	    (char *)password, 8, NULL, NULL), 1);
	assert_int_equal(PEM_write_bio_PrivateKey_traditional(old, pkey, EVP_aes_128_cbc(),
	    password, 8, NULL, NULL), 1);
	pem[0] = text_of(modern);
	pem[1] = text_of(old);
	assert_fault(&key_es256, pem[0], KEY_PRIVATE, "password");
	assert_fault(&key_es256, pem[1], KEY_PRIVATE, "password");
	assert_memory_equal(pem[0], begin, strlen(begin));
	snprintf(mislabelled, sizeof(mislabelled), "-----BEGIN PRIVATE KEY-----\n%.*s"
	    "-----END PRIVATE KEY-----\n", (int)(strstr(pem[0], "-----END") - pem[0]) -
	    (int)strlen(begin), pem[0] + strlen(begin));
	assert_fault(&key_es256, mislabelled, KEY_PRIVATE, "damaged");
	free(pem[0]);
	free(pem[1]);
}

static void
a_jwk_has_the_required_members_in_their_order(void **state)
{
	static const struct {
		const struct key_algorithm *algorithm;
		const char *pem;
		enum key_half half;
		const char *jwk;
		const char *thumbprint;
	} rows[] = {
		{ &key_es256, EC_PRIVATE, KEY_PRIVATE,
		  "{\"crv\":\"P-256\",\"kty\":\"EC\","
		  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
		  "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" },
		{ &key_rs256, RSA_PUBLIC, KEY_PUBLIC,
		  "{\"e\":\"AQAB\",\"kty\":\"RSA\","
		  "\"n\":\""
		  "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86z"
		  "wu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5Js"
		  "GY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
		  "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
		  "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
		  "Cur-kEgU8awapJzKnqDKgw"
		  "\"}",
		  "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
		{ &key_eddsa, ED_PRIVATE, KEY_PRIVATE,
		  "{\"crv\":\"Ed25519\",\"kty\":\"OKP\","
		  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		  "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct key_material *material = read_key(rows[i].algorithm, rows[i].pem,
		    rows[i].half);
		struct json_object *jwk = json_object_new_object();
		char kid[KEY_ID_SIZE];

		assert_true(rows[i].algorithm->add_members(material, jwk));
		assert_string_equal(json_object_to_json_string_ext(jwk, JSON_C_TO_STRING_PLAIN),
		    rows[i].jwk);
		assert_int_equal(thumbprint_of(rows[i].algorithm, material, kid), ERR_OK);
		assert_string_equal(kid, rows[i].thumbprint);
		json_object_put(jwk);
		rows[i].algorithm->free_material(material);
	}
}

/* Makes a key, and returns the first byte of x. */
static int
make_coordinate(void)
{
	struct json_object *jwk = json_object_new_object(), *x;
	struct key_material *material;
	unsigned char number[32];
	size_t len;

	assert_int_equal(key_es256.generate(&material), ERR_OK);
	assert_true(key_es256.add_members(material, jwk));
	assert_true(json_object_object_get_ex(jwk, "x", &x));
	assert_int_equal(text_decode_base64(BASE64_URL, json_object_get_string(x),
	    (size_t)json_object_get_string_len(x), number, sizeof(number), &len), ERR_OK);
	assert_int_equal(len, sizeof(number));
	json_object_put(jwk);
	key_es256.free_material(material);
	return number[0];
}

/* One of 256 begins with a zero, and keeps it (RFC 7518, sections 3.4 and 6.2.1.2). */
static void
coordinates_and_signatures_have_their_whole_length(void **state)
{
	unsigned char signature[KEY_SIGNATURE_MAX];

	(void)state;
	while (make_coordinate() != 0)
		;
	do {
		sign(ES256, signature);
		assert_int_equal(check(ES256, signature), ERR_OK);
	} while (signature[0] != 0 && signature[32] != 0);
}

/* Of r and s, 0 and what is not below the order of the curve are no numbers of a signature. */
static void
numbers_outside_of_the_range_are_refused(void **state)
{
	static const char order[] = "\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
	unsigned char signature[KEY_SIGNATURE_MAX], changed[KEY_SIGNATURE_MAX];
	BIGNUM *n = BN_bin2bn((const unsigned char *)order, 32, NULL), *s;

	(void)state;
	sign(ES256, signature);
	for (size_t half = 0; half <= 32; half += 32)
		for (int row = 0; row < 3; row++) {
			memcpy(changed, signature, sizeof(changed));
			memset(changed + half, row == 0 ? 0 : 0xff, 32);
			if (row == 1)
				memcpy(changed + half, order, 32);
			assert_int_equal(check(ES256, changed), ERR_TOKEN);
		}
	/* n - s is as good as s: whoever has one can write the other. */
	s = BN_bin2bn(signature + 32, 32, NULL);
	assert_int_equal(BN_sub(s, n, s), 1);
	assert_int_equal(BN_bn2binpad(s, signature + 32, 32), 32);
	assert_int_equal(check(ES256, signature), ERR_OK);
	BN_free(s);
	BN_free(n);
}

/* Else a good token would be called invalid, and its client would throw it away. */
static void
without_memory_no_good_signature_is_called_wrong(void **state)
{
	unsigned char signature[KEY_SIGNATURE_MAX];
	enum err err;

	(void)state;
	for (size_t i = 0; i < 2 * ALGORITHMS; i++) {
		const struct key_algorithm *algorithm = algorithms[i / 2];
		long first = 0;

		sign(i / 2, signature);
		do {
			first++;
			last_that_fails = i % 2 == 0 ? first : LONG_MAX - 1;
			first_that_fails = first;
			allocations = 0;
			err = algorithm->check(made[i / 2], TEXT, strlen(TEXT), signature);
			first_that_fails = LONG_MAX;
			if (err != ERR_OK && err != ERR_MEMORY)
				fail_msg("%s, allocation %ld of %ld: %d", algorithm->name, first,
				    allocations, (int)err);
		} while (allocations >= first);
		assert_true(first > 5);
		assert_int_equal(err, ERR_OK);
	}
}

static void *
sign_and_check(void *failures)
{
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < ALGORITHMS; i++) {
			unsigned char signature[KEY_SIGNATURE_MAX];
			struct key_material *copy = algorithms[i]->copy_material(made[i]);

			sign(i, signature);
			if (copy == NULL || algorithms[i]->check(copy, TEXT, strlen(TEXT),
			    signature) != ERR_OK)
				++*(int *)failures;
			algorithms[i]->free_material(copy);
		}
	return NULL;
}

static void
threads_use_a_key_at_once(void **state)
{
	pthread_t threads[4];
	int failures[COUNT(threads)] = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_and_check, &failures[i]),
		    0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(failures[i], 0);
	}
}

#define TEST(test) cmocka_unit_test(test)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signature_is_good_for_its_key_and_its_text_alone),
		TEST(every_bit_of_a_signature_counts),
		TEST(the_examples_of_the_rfcs_come_out),
		TEST(a_half_that_was_written_is_read_again_and_the_public_one_cannot_sign),
		TEST(a_key_is_read_with_text_before_it_and_white_space_behind_it),
		TEST(a_compressed_point_is_written_whole),
		TEST(what_is_not_one_whole_sound_key_is_refused),
		TEST(a_key_of_another_kind_or_size_is_refused),
		TEST(a_key_with_a_password_is_refused_and_nobody_is_asked_for_it),
		TEST(a_jwk_has_the_required_members_in_their_order),
		TEST(coordinates_and_signatures_have_their_whole_length),
		TEST(numbers_outside_of_the_range_are_refused),
		TEST(without_memory_no_good_signature_is_called_wrong),
		TEST(threads_use_a_key_at_once),
	};

	/* Before OpenSSL has allocated anything. */
	if (CRYPTO_set_mem_functions(failing_malloc, failing_realloc, do_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
