/* test_key: what a key signs it finds good, and nothing else. */
#include "state_dir.h"

#include <jwt.h>

#include "token/key.h"

#define TEXT "header.payload"

struct fixture {
	struct state_dir *state_dir;
	struct keyring *keyring;
	const struct keys *keys;	/* borrowed from keyring */
	const struct key *key;		/* KID_2002, SECRET_A */
	const struct key *other;	/* KID_2001, SECRET_B */
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->state_dir = open_two_keys(KID_2002, KID_2001, &f->keyring, &f->keys);
	f->key = keys_get(f->keys, 0);
	f->other = keys_get(f->keys, 1);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	int failure = close_two_keys(f->state_dir, f->keyring, f->keys);

	free(f);
	return failure;
}

/* By another hand than ours: base64url without padding. */
static void
decode(const char *segment, size_t len, char *out, size_t out_size)
{
	char padded[512];
	const size_t padding = (4 - len % 4) % 4;
	int out_len;

	snprintf(padded, sizeof(padded), "%.*s%.*s", (int)len, segment, (int)padding, "==");
	for (char *c = padded; *c != '\0'; c++)
		*c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
	assert_true(strlen(padded) / 4 * 3 < out_size);
	out_len = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)padded,
	    (int)(len + padding));
	assert_true(out_len >= (int)padding);
	out[out_len - (int)padding] = '\0';
}

static enum err
check(const struct key *key, const char *text, size_t len,
    const unsigned char mac[MAC_LEN])
{
	return key_check(key, text, len, mac, MAC_LEN);
}

static void
a_signed_token_has_the_header_of_the_key_and_the_claims(void **state)
{
	const struct fixture *f = *state;
	const char *payload, *signature;
	char text[512];
	char *jwt;

	assert_int_equal(key_sign(f->key, "{\"sub\":\"johndoe\",\"exp\":7}", &jwt), ERR_OK);

	payload = strchr(jwt, '.') + 1;
	signature = strchr(payload, '.') + 1;
	decode(jwt, (size_t)(payload - jwt) - 1, text, sizeof(text));
	assert_string_equal(text, "{\"alg\":\"HS256\",\"kid\":\"" KID_2002 "\",\"typ\":\"JWT\"}");
	decode(payload, (size_t)(signature - payload) - 1, text, sizeof(text));
	assert_string_equal(text, "{\"exp\":7,\"sub\":\"johndoe\"}");
	free(jwt);
}

static void
a_signed_token_is_good_for_its_key_only(void **state)
{
	const struct fixture *f = *state;
	unsigned char mac[MAC_LEN];
	char signature[64];
	const char *dot;
	char *jwt;

	assert_int_equal(key_sign(f->key, "{\"sub\":\"johndoe\"}", &jwt), ERR_OK);
	dot = strrchr(jwt, '.');
	decode(dot + 1, strlen(dot + 1), signature, sizeof(signature));

	memcpy(mac, signature, sizeof(mac));
	assert_int_equal(check(f->key, jwt, (size_t)(dot - jwt), mac), ERR_OK);
	assert_int_equal(check(f->other, jwt, (size_t)(dot - jwt), mac), ERR_TOKEN);
	free(jwt);
}

/* OpenSSL checks what libjwt has signed; and the other way round here. */
static void
a_signed_token_is_good_for_libjwt(void **state)
{
	const struct fixture *f = *state;
	jwt_t *decoded = NULL;
	char *jwt;

	assert_int_equal(key_sign(f->key, "{\"sub\":\"johndoe\"}", &jwt), ERR_OK);

	assert_int_equal(jwt_decode(&decoded, jwt, (const unsigned char *)SECRET_A,
	    strlen(SECRET_A)), 0);
	assert_int_equal(jwt_get_alg(decoded), JWT_ALG_HS256);
	assert_string_equal(jwt_get_grant(decoded, "sub"), "johndoe");
	jwt_free(decoded);
	free(jwt);
}

static void
claims_that_are_no_json_object_are_not_signed(void **state)
{
	static const char *const claims[] = {
		"", "x", "null", "1", "[]", "\"sub\"", "{", "{\"sub\":\"jos\xe9\"}",
		"{\"sub\":\"a\",\"sub\":\"b\"}",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(claims); i++) {
		char *jwt = NULL;

		if (key_sign(f->key, claims[i], &jwt) != ERR_INTERNAL || jwt != NULL)
			fail_msg("%s: expected a refusal, came %s", claims[i], jwt);
	}
	assert_null(strstr(logged(f->state_dir), "aaaaaaaa"));
}

static void
every_bit_of_a_signature_counts(void **state)
{
	const struct fixture *f = *state;
	unsigned char mac[MAC_LEN];

	make_mac(SECRET_A, TEXT, mac);
	for (size_t i = 0; i < 8 * sizeof(mac); i++) {
		mac[i / 8] ^= (unsigned char)(1 << i % 8);
		assert_int_equal(check(f->key, TEXT, strlen(TEXT), mac), ERR_TOKEN);
		mac[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	assert_int_equal(check(f->key, TEXT, strlen(TEXT), mac), ERR_OK);
}

static void
a_signature_of_another_length_is_refused(void **state)
{
	const struct fixture *f = *state;
	unsigned char mac[MAC_LEN];

	make_mac(SECRET_A, TEXT, mac);
	for (size_t len = 0; len < sizeof(mac); len++)
		assert_int_equal(key_check(f->key, TEXT, strlen(TEXT), mac, len), ERR_TOKEN);
}

static void
every_byte_of_a_text_counts(void **state)
{
	const struct fixture *f = *state;
	unsigned char mac[MAC_LEN];
	char text[] = TEXT;

	make_mac(SECRET_A, TEXT, mac);
	for (size_t i = 0; i < strlen(TEXT); i++) {
		text[i] ^= 1;
		assert_int_equal(check(f->key, text, strlen(TEXT), mac), ERR_TOKEN);
		text[i] ^= 1;
		assert_int_equal(check(f->key, text, i, mac), ERR_TOKEN);
	}
}

static void
a_signature_may_be_of_any_text(void **state)
{
	static const char *const texts[] = { "", ".", "{", "\xff", "no token at all" };
	const struct fixture *f = *state;
	unsigned char mac[MAC_LEN];

	for (size_t i = 0; i < COUNT(texts); i++) {
		make_mac(SECRET_A, texts[i], mac);
		assert_int_equal(check(f->key, texts[i], strlen(texts[i]), mac), ERR_OK);
	}
}

/* Pieces of header segments, which together are base64url. */
#define ALG_HS256 "eyJhbGciOiJIUzI1NiIsImtpZCI6I"
#define ALG_HS384 "eyJhbGciOiJIUzM4NCIsImtpZCI6I"
#define KID_OF_2002 "jIwMDIwMTAxVDAwMDAwMC0wMDAwMDAwMCIs"
#define KID_OF_2001 "jIwMDEwMTAxVDAwMDAwMC1mZmZmZmZmZiIs"
#define TYP_JWT "InR5cCI6IkpXVCJ9"
#define TYP_JWU "InR5cCI6IkpXVSJ9"

static void
a_header_is_of_the_key_or_without_a_kid_or_foreign(void **state)
{
	static const struct {
		const char *segment;
		enum key_header expected;
	} rows[] = {
		/* {"alg":"HS256","kid":"20020101T000000-00000000","typ":"JWT"} */
		{ ALG_HS256 KID_OF_2002 TYP_JWT, KEY_HEADER_OWN },
		{ ALG_HS384 KID_OF_2002 TYP_JWT, KEY_HEADER_OTHER },
		{ ALG_HS256 KID_OF_2001 TYP_JWT, KEY_HEADER_OTHER },
		{ ALG_HS256 KID_OF_2002 TYP_JWU, KEY_HEADER_OTHER },
		{ "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", KEY_HEADER_WITHOUT_KID },
		{ "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9", KEY_HEADER_WITHOUT_KID },
		{ "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1Ni", KEY_HEADER_OTHER },
		{ "", KEY_HEADER_OTHER },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		if (key_compare_header(f->key, rows[i].segment, strlen(rows[i].segment)) !=
		    rows[i].expected)
			fail_msg("expected %d: %s", (int)rows[i].expected, rows[i].segment);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signed_token_has_the_header_of_the_key_and_the_claims),
		TEST(a_signed_token_is_good_for_its_key_only),
		TEST(a_signed_token_is_good_for_libjwt),
		TEST(claims_that_are_no_json_object_are_not_signed),
		TEST(every_bit_of_a_signature_counts),
		TEST(a_signature_of_another_length_is_refused),
		TEST(every_byte_of_a_text_counts),
		TEST(a_signature_may_be_of_any_text),
		TEST(a_header_is_of_the_key_or_without_a_kid_or_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
