/* test_token: what we issue verifies, and nothing else does. */
#include "state_dir.h"

#include <jwt.h>

#include "base/log.h"
#include "token/token.h"

/* Headers by hand: what key-a issues, and the tutorial's. */
#define HEADER_A "{\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"JWT\"}"
#define HEADER_TUTORIAL "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

#define CLAIMS "{\"iss\":\"https://id.example\",\"sub\":\"johndoe\",\"uid\":7,\"aud\":\"api\"," \
	"\"exp\":1700000060,\"iat\":1700000000,\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\"," \
	"\"client_id\":\"web\"," \
	"\"username\":\"johndoe\"}"

enum { NOW = 1700000000, TEXT_SIZE = 8192, SIGNATURE_TEXT_LEN = 43 };

struct fixture {
	struct state_dir *state_dir;
	char issuer[TEXT_SIZE];
	struct config config;
	struct keyring *keyring;
	const struct keys *keys;	/* borrowed from keyring: key-a signs, key-0 is older */
};

/* A change to a text and what is then expected. */
struct change {
	const char *find;
	const char *replace;
	enum err expected;
};

static int
set_up(void **state)
{
	static char audience[] = "api", client_id[] = "web";
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->state_dir = open_two_keys("key-a", "key-0", &f->keyring, &f->keys);
	snprintf(f->issuer, sizeof(f->issuer), "https://id.example");
	f->config = (struct config){
		.dialect = dialect_find("fastapi"),
		.issuer = f->issuer,
		.audience = audience,
		.client_id = client_id,
		.access_token_ttl = 60,
	};
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

/* Base64url without padding, by another hand than ours. */
static void
encode(const void *data, size_t len, char *segment)
{
	int segment_len = EVP_EncodeBlock((unsigned char *)segment, data, (int)len);

	while (segment_len > 0 && segment[segment_len - 1] == '=')
		segment[--segment_len] = '\0';
	for (char *c = segment; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
}

/* Decodes the segment that starts at segment, up to a '.'; json is NUL-terminated. */
static void
decode(const char *segment, char json[TEXT_SIZE])
{
	char padded[TEXT_SIZE];
	size_t len = strcspn(segment, ".");
	size_t padding = (4 - len % 4) % 4;
	int json_len;

	snprintf(padded, sizeof(padded), "%.*s%.*s", (int)len, segment, (int)padding, "==");
	for (char *c = padded; *c != '\0'; c++)
		*c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
	json_len = EVP_DecodeBlock((unsigned char *)json, (const unsigned char *)padded,
	    (int)(len + padding));
	assert_true(json_len >= (int)padding);
	json[json_len - (int)padding] = '\0';
}

/* Signs two segments as they are. */
static void
sign_segments(const char *header, const char *payload, const void *secret, size_t secret_len,
    char jwt[TEXT_SIZE])
{
	unsigned char signature[EVP_MAX_MD_SIZE];
	unsigned int signature_len = sizeof(signature);
	int len = snprintf(jwt, TEXT_SIZE, "%s.%s", header, payload);

	assert_true(len > 0 && len < TEXT_SIZE - 64);
	assert_non_null(HMAC(EVP_sha256(), secret, (int)secret_len, (const unsigned char *)jwt,
	    (size_t)len, signature, &signature_len));
	jwt[len++] = '.';
	encode(signature, signature_len, jwt + len);
}

static void
forge(const char *header, const char *payload, const char *secret, char jwt[TEXT_SIZE])
{
	char header_segment[TEXT_SIZE], payload_segment[TEXT_SIZE];

	encode(header, strlen(header), header_segment);
	encode(payload, strlen(payload), payload_segment);
	sign_segments(header_segment, payload_segment, secret, strlen(secret), jwt);
}

static void
change_text(const char *text, const struct change *change, char changed[TEXT_SIZE])
{
	const char *found = strstr(text, change->find);

	assert_non_null(found);
	snprintf(changed, TEXT_SIZE, "%.*s%s%s", (int)(found - text), text, change->replace,
	    found + strlen(change->find));
}

static enum err
verify(const struct fixture *f, const char *jwt)
{
	struct token token = { .uid = 99 };
	enum err err = token_verify(&f->config, f->keys, jwt, NOW, &token);

	if (err != ERR_OK)
		assert_true(token.uid == 0 && token.subject == NULL && token.scope == NULL);
	token_clear(&token);
	return err;
}

static void
assert_verdict(const struct fixture *f, const char *jwt, enum err expected, const char *what)
{
	enum err err = verify(f, jwt);

	if (err != expected)
		fail_msg("%s: expected %d, came %d", what, (int)expected, (int)err);
}

/* Signs CLAIMS with each change in turn, under header, with key-a. */
static void
assert_claims(const struct fixture *f, const char *header, const char *claims,
    const struct change *changes, size_t count)
{
	char changed[TEXT_SIZE], jwt[TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		change_text(claims, &changes[i], changed);
		forge(header, changed, SECRET_A, jwt);
		assert_verdict(f, jwt, changes[i].expected, changed);
	}
}

static char *
issue(const struct fixture *f, const char *username, const char *scope)
{
	char name[128];
	const struct token_subject subject = { .uid = 7, .username = name, .scope = scope,
	    .expires_at = NOW + f->config.access_token_ttl };
	char *jwt = NULL;

	snprintf(name, sizeof(name), "%s", username);
	assert_int_equal(token_issue(&f->config, f->keys, &subject, NOW, &jwt), ERR_OK);
	assert_non_null(jwt);
	return jwt;
}

static void
what_is_issued_verifies(void **state)
{
	const struct fixture *f = *state;
	char *jwt = issue(f, "johndoe", "me items");
	struct token token;

	assert_int_equal(token_verify(&f->config, f->keys, jwt, NOW, &token), ERR_OK);

	assert_int_equal(token.uid, 7);
	assert_string_equal(token.subject, "johndoe");
	assert_string_equal(token.scope, "me items");
	assert_string_equal(token.username, "johndoe");
	assert_string_equal(token.client_id, "web");
	assert_int_equal(token.expires_at, NOW + 60);
	token_clear(&token);
	assert_null(token.subject);
	token_clear(&token);
	free(jwt);
}

static void
any_user_name_survives_the_journey(void **state)
{
	static const char *const names[] = {
		"jos\u00e9", "a\"b\\c", "\u30c6\u30b9\u30c8", "\U0001f43b", "</script>", "{}",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		char *jwt = issue(f, names[i], "");
		struct token token;

		assert_int_equal(token_verify(&f->config, f->keys, jwt, NOW, &token), ERR_OK);
		assert_string_equal(token.subject, names[i]);
		assert_string_equal(token.scope, "");
		token_clear(&token);
		free(jwt);
	}
}

static void
a_token_carries_the_claims_of_the_protocol(void **state)
{
	static const char *const claims[] = {
		"\"iss\":\"https://id.example\"", "\"sub\":\"johndoe\"", "\"uid\":7",
		"\"aud\":\"api\"", "\"exp\":1700000060", "\"iat\":1700000000", "\"jti\":\"",
		"\"client_id\":\"web\"", "\"username\":\"johndoe\"", "\"scope\":\"me\"",
	};
	const struct fixture *f = *state;
	char *jwt = issue(f, "johndoe", "me");
	char json[TEXT_SIZE];

	decode(jwt, json);
	assert_string_equal(json, HEADER_A);
	decode(strchr(jwt, '.') + 1, json);
	for (size_t i = 0; i < COUNT(claims); i++)
		if (strstr(json, claims[i]) == NULL)
			fail_msg("expected %s, came %s", claims[i], json);
	free(jwt);
}

static void
no_scope_leaves_the_claim_out(void **state)
{
	const struct fixture *f = *state;
	char *jwt = issue(f, "johndoe", "");
	char json[TEXT_SIZE];

	decode(strchr(jwt, '.') + 1, json);
	assert_null(strstr(json, "scope"));
	free(jwt);
}

static void
the_dialect_says_what_sub_is(void **state)
{
	struct fixture *f = *state;
	char *jwt;
	struct token token;

	f->config.dialect = dialect_find("rfc");
	jwt = issue(f, "johndoe", "");

	assert_int_equal(token_verify(&f->config, f->keys, jwt, NOW, &token), ERR_OK);
	assert_string_equal(token.subject, "7");
	assert_int_equal(token.uid, 7);
	token_clear(&token);
	free(jwt);
}

static void
a_token_is_for_whom_it_names(void **state)
{
	static const struct {
		const char *aud;
		bool is_for_shop;
	} rows[] = {
		{ "\"api\"", false },
		{ "[\"api\",\"shop\"]", true },
		{ "[\"shop\",\"api\"]", true },
		{ "[\"api\",\"shops\"]", false },
	};
	const struct fixture *f = *state;
	char claims[TEXT_SIZE], jwt[TEXT_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct change aud = { "\"api\"", rows[i].aud, ERR_OK };
		struct token token;

		change_text(CLAIMS, &aud, claims);
		forge(HEADER_A, claims, SECRET_A, jwt);
		assert_int_equal(token_verify(&f->config, f->keys, jwt, NOW, &token), ERR_OK);
		assert_true(token_is_for(&token, "api"));
		assert_int_equal(token_is_for(&token, "shop"), rows[i].is_for_shop);
		assert_false(token_is_for(&token, ""));
		token_clear(&token);
	}
}

static void
no_two_tokens_have_one_jti_and_it_has_128_bits(void **state)
{
	const struct fixture *f = *state;
	char jtis[2][32];

	for (size_t i = 0; i < 2; i++) {
		char *jwt = issue(f, "johndoe", "");
		char json[TEXT_SIZE];

		decode(strchr(jwt, '.') + 1, json);
		assert_int_equal(sscanf(strstr(json, "\"jti\""), "\"jti\":\"%31[^\"]",
		    jtis[i]), 1);
		assert_int_equal(strlen(jtis[i]), 22);
		free(jwt);
	}

	assert_string_not_equal(jtis[0], jtis[1]);
}

static void
a_token_too_long_to_verify_is_not_issued(void **state)
{
	struct fixture *f = *state;
	char username[] = "johndoe";
	const struct token_subject subject = { .uid = 7, .username = username, .scope = "",
	    .expires_at = NOW + 60 };
	char *jwt = NULL;

	memset(f->issuer, 'x', 4000);
	f->issuer[4000] = '\0';

	assert_int_equal(token_issue(&f->config, f->keys, &subject, NOW, &jwt), ERR_SETUP);
	assert_null(jwt);
}

/* A database that was taken over may hold any name; libjwt has it on the stack, several times. */
static void
a_name_as_long_as_the_stack_is_not_issued(void **state)
{
	enum { NAME_LEN = 16 << 20 };
	const struct fixture *f = *state;
	char *username = malloc(NAME_LEN + 1);
	const struct token_subject subject = { .uid = 7, .username = username, .scope = "",
	    .expires_at = NOW + 60 };
	char *jwt = NULL;

	assert_non_null(username);
	memset(username, 'x', NAME_LEN);
	username[NAME_LEN] = '\0';

	assert_int_equal(token_issue(&f->config, f->keys, &subject, NOW, &jwt), ERR_SETUP);
	assert_null(jwt);
	free(username);
}

static void
a_name_that_is_not_utf_8_is_not_issued(void **state)
{
	const struct fixture *f = *state;
	char username[] = "jos\xe9";
	const struct token_subject subject = { .uid = 7, .username = username, .scope = "",
	    .expires_at = NOW + 60 };
	char *jwt = NULL;

	assert_int_equal(token_issue(&f->config, f->keys, &subject, NOW, &jwt), ERR_INTERNAL);
	assert_null(jwt);
}

static void
every_key_of_the_ring_verifies(void **state)
{
	const struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	forge(HEADER_A, CLAIMS, SECRET_A, jwt);
	assert_int_equal(verify(f, jwt), ERR_OK);
	forge("{\"alg\":\"HS256\",\"kid\":\"key-0\",\"typ\":\"JWT\"}", CLAIMS, SECRET_B, jwt);
	assert_int_equal(verify(f, jwt), ERR_OK);
}

static void
a_key_signs_only_under_its_own_id(void **state)
{
	static const struct {
		const char *kid;
		const char *secret;
	} vectors[] = {
		{ "key-a", SECRET_B },
		{ "key-0", SECRET_A },
		{ "key-a", "another secret of 32 bytes or so" },
		{ "key-c", SECRET_A },
		{ "KEY-A", SECRET_A },
		{ "", SECRET_A },
		{ "../keys/key-a", SECRET_A },
		{ "key-a", "" },
	};
	const struct fixture *f = *state;
	char header[TEXT_SIZE], jwt[TEXT_SIZE];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		snprintf(header, sizeof(header),
		    "{\"alg\":\"HS256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", vectors[i].kid);
		forge(header, CLAIMS, vectors[i].secret, jwt);
		assert_verdict(f, jwt, ERR_TOKEN, header);
	}
}

static void
rfc_7515_a_1_is_known_to_the_library_and_refused_by_us(void **state)
{
	static const char vector[] =
	    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
	    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
	    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
	struct fixture *f = *state;
	char key[TEXT_SIZE], forged[TEXT_SIZE];
	char header[TEXT_SIZE], header_segment[TEXT_SIZE];
	char payload[TEXT_SIZE], payload_segment[TEXT_SIZE];
	jwt_t *decoded = NULL;

	/* The library's HMAC, and with it this file's own, which tests everything else. */
	decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z"
	    "9CAow", key);
	assert_int_equal(jwt_decode(&decoded, vector, (const unsigned char *)key, 64), 0);
	assert_int_equal(jwt_get_alg(decoded), JWT_ALG_HS256);
	jwt_free(decoded);
	decode(vector, header);
	decode(strchr(vector, '.') + 1, payload);
	encode(header, strlen(header), header_segment);
	encode(payload, strlen(payload), payload_segment);
	sign_segments(header_segment, payload_segment, key, 64, forged);
	assert_string_equal(forged, vector);

	assert_int_equal(verify(f, vector), ERR_TOKEN);
	f->config.accept_tutorial_tokens = true;
	assert_int_equal(verify(f, vector), ERR_TOKEN);

	/* Its header, with a good key and good claims. */
	forge(header, CLAIMS, SECRET_A, forged);
	assert_int_equal(verify(f, forged), ERR_TOKEN);
}

static void
one_changed_character_spoils_a_token(void **state)
{
	static const char others[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
	const struct fixture *f = *state;
	char jwt[TEXT_SIZE], changed[TEXT_SIZE];
	size_t len;

	forge(HEADER_A, CLAIMS, SECRET_A, jwt);
	len = strlen(jwt);

	for (size_t i = 0; i < len; i++) {
		bool is_last = i + 1 == len || jwt[i + 1] == '.';

		/* The last of a segment may have several spellings: all are tried. */
		for (size_t j = 0; j < strlen(others); j += is_last ? 1 : 13) {
			memcpy(changed, jwt, len + 1);
			changed[i] = others[j];
			if (changed[i] == jwt[i] || verify(f, changed) == ERR_TOKEN)
				continue;
			fail_msg("character %zu may be %c: %s", i, others[j], changed);
		}
	}
	assert_int_equal(verify(f, jwt), ERR_OK);
}

static void
a_shortened_or_extended_token_is_refused(void **state)
{
	static const char *const tails[] = { "A", ".", "=", " ", "\n", ".A", "\x01" };
	const struct fixture *f = *state;
	char jwt[TEXT_SIZE], changed[TEXT_SIZE + 2];

	forge(HEADER_A, CLAIMS, SECRET_A, jwt);
	for (size_t i = 0; i < COUNT(tails); i++) {
		snprintf(changed, sizeof(changed), "%s%s", jwt, tails[i]);
		assert_verdict(f, changed, ERR_TOKEN, changed);
		snprintf(changed, sizeof(changed), "%s%s", tails[i], jwt);
		assert_verdict(f, changed, ERR_TOKEN, changed);
	}
	for (size_t len = 0; len < strlen(jwt); len++) {
		snprintf(changed, sizeof(changed), "%.*s", (int)len, jwt);
		assert_verdict(f, changed, ERR_TOKEN, changed);
	}
}

static void
nonsense_is_refused(void **state)
{
	static const char *const vectors[] = {
		"", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "nonsense", "\xff\xfe",
		"=.=.=",
	};
	struct fixture *f = *state;

	for (int tutorial = 0; tutorial <= 1; tutorial++) {
		f->config.accept_tutorial_tokens = tutorial == 1;
		for (size_t i = 0; i < COUNT(vectors); i++)
			assert_verdict(f, vectors[i], ERR_TOKEN, vectors[i]);
	}
}

static void
a_payload_has_one_spelling_even_when_signed(void **state)
{
	static const struct change tails[] = {
		{ "Q", "Q", ERR_OK },		/* as it was */
		{ "Q", "R", ERR_TOKEN },	/* spare bits */
		{ "Q", "Q==", ERR_TOKEN },
		{ "Q", "Q\n", ERR_TOKEN },
		{ "Q", "Q ", ERR_TOKEN },
		{ "Q", "QA", ERR_TOKEN },	/* one byte more, NUL */
		{ "Q", "+", ERR_TOKEN },
	};
	const struct fixture *f = *state;
	char header[TEXT_SIZE], payload[TEXT_SIZE], claims[TEXT_SIZE], jwt[TEXT_SIZE];
	const char *last;

	/* One byte past a multiple of three: the last character is the Q of "}" alone, fQ. */
	snprintf(claims, sizeof(claims), "%s", CLAIMS);
	while (strlen(claims) % 3 != 1)
		change_text(CLAIMS, &(struct change){ "\"web", strlen(claims) % 3 == 0 ?
		    "\"webb" : "\"webbb", ERR_OK }, claims);
	encode(HEADER_A, strlen(HEADER_A), header);
	encode(claims, strlen(claims), payload);
	last = payload + strlen(payload) - 1;
	assert_string_equal(last, "Q");

	for (size_t i = 0; i < COUNT(tails); i++) {
		char changed[TEXT_SIZE];

		snprintf(changed, sizeof(changed), "%.*s%s", (int)(last - payload), payload,
		    tails[i].replace);
		sign_segments(header, changed, SECRET_A, strlen(SECRET_A), jwt);
		assert_verdict(f, jwt, tails[i].expected, changed);
	}
}

/* libjwt would read them before it looks at the signature, and they lead it astray. */
static void
an_empty_or_deep_payload_of_a_stranger_is_refused(void **state)
{
	const struct fixture *f = *state;
	char payload[TEXT_SIZE] = "", jwt[TEXT_SIZE];

	forge(HEADER_A, payload, "not the secret", jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
	memset(payload, '[', 2900);
	payload[2900] = '\0';
	forge(HEADER_A, payload, "not the secret", jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
}

static void
nothing_is_read_of_a_payload_before_its_signature_is_good(void **state)
{
	static const char *const payloads[] = { "{", "{}", CLAIMS };
	const struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	log_open("test", LOG_TO_STDERR, LEVEL_DEBUG);
	for (size_t i = 0; i < COUNT(payloads); i++) {
		forge(HEADER_A, payloads[i], "not the secret", jwt);
		assert_verdict(f, jwt, ERR_TOKEN, payloads[i]);
		assert_non_null(strstr(logged(f->state_dir), "signature"));
	}
	forge(HEADER_A, "{", SECRET_A, jwt);
	assert_verdict(f, jwt, ERR_TOKEN, "{");
	assert_non_null(strstr(logged(f->state_dir), "payload is not JSON"));
	log_open("test", LOG_TO_STDERR, LEVEL_INFO);
}

static void
a_header_of_any_other_wording_is_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"hs256\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS384\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS512\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"RS256\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"jwt\"}",
		"{\"alg\":\"HS256\",\"kid\":\"key-a\"}",
		"{\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
		"{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
		"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"key-a\"}",
		"{\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"JWT\",\"crit\":[]}",
		"{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"JWT\"} ",
		"{ \"alg\":\"HS256\",\"kid\":\"key-a\",\"typ\":\"JWT\"}",
		"{}", "null", "x", "",
	};
	const struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	for (size_t i = 0; i < COUNT(headers); i++) {
		forge(headers[i], CLAIMS, SECRET_A, jwt);
		assert_verdict(f, jwt, ERR_TOKEN, headers[i]);
	}
}

static void
an_unsigned_token_is_refused(void **state)
{
	static const char *const headers[] = {
		HEADER_A, HEADER_TUTORIAL, "{\"alg\":\"none\"}",
		"{\"alg\":\"none\",\"typ\":\"JWT\"}",
	};
	struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	f->config.accept_tutorial_tokens = true;
	for (size_t i = 0; i < COUNT(headers); i++) {
		forge(headers[i], CLAIMS, SECRET_A, jwt);
		jwt[strlen(jwt) - SIGNATURE_TEXT_LEN] = '\0';
		assert_verdict(f, jwt, ERR_TOKEN, headers[i]);
		jwt[strlen(jwt) - 1] = '\0';
		assert_verdict(f, jwt, ERR_TOKEN, headers[i]);
	}
}

static void
a_token_has_4096_characters_at_most(void **state)
{
	const struct fixture *f = *state;
	char filler[TEXT_SIZE], claims[TEXT_SIZE], jwt[TEXT_SIZE];
	bool has_longest = false;

	memset(filler, 'x', sizeof(filler));
	for (int len = 2700; len < 2900; len++) {
		snprintf(claims, sizeof(claims), "{\"x\":\"%.*s\",%s", len, filler,
		    &CLAIMS[1]);
		forge(HEADER_A, claims, SECRET_A, jwt);
		has_longest = has_longest || strlen(jwt) == TOKEN_LEN_MAX;
		assert_verdict(f, jwt, strlen(jwt) <= TOKEN_LEN_MAX ? ERR_OK : ERR_TOKEN, jwt);
	}
	assert_true(has_longest);
}

static void
a_token_ends_at_its_expiry(void **state)
{
	static const struct change changes[] = {
		{ "1700000060", "1700000001", ERR_OK },
		{ "1700000060", "1700000000", ERR_TOKEN },	/* exactly now */
		{ "1700000060", "1699999999", ERR_TOKEN },
		{ "1700000060", "9223372036854775806", ERR_OK },
		{ "1700000060", "9223372036854775807", ERR_TOKEN },
		{ "1700000060", "9223372036854775808", ERR_TOKEN },
		{ "1700000060", "18446744073709551615", ERR_TOKEN },
		{ "1700000060", "99999999999999999999999", ERR_TOKEN },
		{ "1700000060", "-1700000060", ERR_TOKEN },
		{ "1700000060", "1700000000.5", ERR_OK },	/* RFC 7519 has fractions */
		{ "1700000060", "1700000000.000001", ERR_OK },
		{ "1700000060", "1.7e10", ERR_OK },
		{ "1700000060", "9.2e18", ERR_OK },
		{ "1700000060", "1700000000.0", ERR_TOKEN },
		{ "1700000060", "1699999999.999999", ERR_TOKEN },
		{ "1700000060", "9223372036854775807.5", ERR_TOKEN },
		{ "1700000060", "1e19", ERR_TOKEN },
		{ "1700000060", "-1e19", ERR_TOKEN },
		{ "1700000060", "-0.5", ERR_TOKEN },
		{ "1700000060", "1e400", ERR_TOKEN },
		{ "1700000060", "-1e400", ERR_TOKEN },
		{ "1700000060", "\"1700000060\"", ERR_TOKEN },
		{ "1700000060", "null", ERR_TOKEN },
		{ "1700000060", "true", ERR_TOKEN },
		{ "1700000060", "[1700000060]", ERR_TOKEN },
		{ "1700000060", "01700000060", ERR_TOKEN },
		{ "1700000060", "NaN", ERR_TOKEN },
		{ "\"exp\":1700000060,", "", ERR_TOKEN },
		{ "\"exp\"", "\"EXP\"", ERR_TOKEN },
	};

	assert_claims(*state, HEADER_A, CLAIMS, changes, COUNT(changes));
}

static void
a_token_begins_at_its_nbf(void **state)
{
	static const struct change changes[] = {
		{ "{", "{\"nbf\":1700000000,", ERR_OK },
		{ "{", "{\"nbf\":0,", ERR_OK },
		{ "{", "{\"nbf\":1700000000.0,", ERR_OK },
		{ "{", "{\"nbf\":-0.5,", ERR_OK },
		{ "{", "{\"nbf\":1700000001,", ERR_TOKEN },
		{ "{", "{\"nbf\":1700000000.5,", ERR_TOKEN },
		{ "{", "{\"nbf\":1e400,", ERR_TOKEN },
		{ "{", "{\"nbf\":\"0\",", ERR_TOKEN },
		{ "{", "{\"nbf\":null,", ERR_TOKEN },
		{ "{", "{\"nbf\":-99999999999999999999,", ERR_TOKEN },
	};

	assert_claims(*state, HEADER_A, CLAIMS, changes, COUNT(changes));
}

static void
the_audience_must_be_ours(void **state)
{
	static const struct change changes[] = {
		{ "\"api\"", "[\"api\"]", ERR_OK },
		{ "\"api\"", "[\"other\",\"api\"]", ERR_OK },
		{ "\"api\"", "\"API\"", ERR_TOKEN },
		{ "\"api\"", "\"api \"", ERR_TOKEN },
		{ "\"api\"", "\"\"", ERR_TOKEN },
		{ "\"api\"", "[]", ERR_TOKEN },
		{ "\"api\"", "[\"other\"]", ERR_TOKEN },
		{ "\"api\"", "[\"api\",1]", ERR_TOKEN },
		{ "\"api\"", "[1,\"api\"]", ERR_TOKEN },
		{ "\"api\"", "[[\"api\"]]", ERR_TOKEN },
		{ "\"api\"", "[null]", ERR_TOKEN },
		{ "\"api\"", "{\"api\":\"api\"}", ERR_TOKEN },
		{ "\"api\"", "null", ERR_TOKEN },
		{ "\"aud\":\"api\",", "", ERR_TOKEN },
	};

	assert_claims(*state, HEADER_A, CLAIMS, changes, COUNT(changes));
}

static void
without_an_audience_of_ours_a_token_has_none(void **state)
{
	static const struct change changes[] = {
		{ "\"aud\":\"api\",", "", ERR_OK },
		{ "\"api\"", "\"api\"", ERR_TOKEN },
		{ "\"api\"", "[]", ERR_TOKEN },
	};
	struct fixture *f = *state;
	char none[] = "";
	char *jwt;

	f->config.audience = none;
	jwt = issue(f, "alice", "");

	assert_verdict(f, jwt, ERR_OK, "ours");
	assert_claims(f, HEADER_A, CLAIMS, changes, COUNT(changes));
	free(jwt);
}

static void
every_claim_must_be_there_and_of_its_type(void **state)
{
	static const struct change changes[] = {
		{ "https://id.example", "https://id.example/", ERR_TOKEN },
		{ "https://id.example", "https://id.exampl", ERR_TOKEN },
		{ "\"https://id.example\"", "[\"https://id.example\"]", ERR_TOKEN },
		{ "\"iss\":\"https://id.example\",", "", ERR_TOKEN },
		{ "\"https://id.example\"", "null", ERR_TOKEN },
		{ "\"sub\":\"johndoe\",", "", ERR_TOKEN },
		{ "\"johndoe\"", "7", ERR_TOKEN },
		{ "\"johndoe\"", "null", ERR_TOKEN },
		{ "\"uid\":7,", "", ERR_TOKEN },
		{ "\"uid\":7", "\"uid\":0", ERR_TOKEN },
		{ "\"uid\":7", "\"uid\":-7", ERR_TOKEN },
		{ "\"uid\":7", "\"uid\":\"7\"", ERR_TOKEN },
		{ "\"uid\":7", "\"uid\":7.0", ERR_TOKEN },
		{ "\"uid\":7", "\"uid\":9223372036854775808", ERR_TOKEN },
		{ "\"iat\":1700000000,", "", ERR_TOKEN },
		{ "\"iat\":1700000000", "\"iat\":\"1700000000\"", ERR_TOKEN },
		{ "\"jti\":\"AAAAAAAAAAAAAAAAAAAAAA\",", "", ERR_TOKEN },
		{ "\"AAAAAAAAAAAAAAAAAAAAAA\"", "1", ERR_TOKEN },
		{ "\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"AAAAAAAAAAAAAAAAAAAAA\"", ERR_TOKEN },
		{ "\"AAAAAAAAAAAAAAAAAAAAAA\"", "\"AAAAAAAAAAAAAAAAAAAAAB\"", ERR_TOKEN },
		{ "{", "{\"gid\":\"AAAAAAAAAAAAAAAAAAAAAA\",", ERR_OK },
		{ "{", "{\"gid\":\"AAAA\",", ERR_TOKEN },
		{ "{", "{\"gid\":null,", ERR_TOKEN },
		{ "{", "{\"gid\":7,", ERR_TOKEN },
		{ ",\"client_id\":\"web\"", "", ERR_TOKEN },
		{ "\"web\"", "false", ERR_TOKEN },
		{ "{", "{\"scope\":\"me\",", ERR_OK },
		{ "{", "{\"scope\":[\"me\"],", ERR_TOKEN },
		{ "{", "{\"scope\":null,", ERR_TOKEN },
		{ "{", "{\"scope\":\"me  items\",", ERR_TOKEN },
		{ "{", "{\"scope\":\"me\\r\\n\",", ERR_TOKEN },
		{ ",\"username\":\"johndoe\"", "", ERR_TOKEN },
		{ "\"username\":\"johndoe\"", "\"username\":7", ERR_TOKEN },
		{ "{", "{\"unknown\":[1,{}],", ERR_OK },
	};

	assert_claims(*state, HEADER_A, CLAIMS, changes, COUNT(changes));
}

static void
claims_that_are_no_strict_json_object_are_refused(void **state)
{
	static const struct change changes[] = {
		{ "{", "{\"sub\":\"mallory\",", ERR_TOKEN },
		{ "{", "{\"s\\u0075b\":\"mallory\",", ERR_TOKEN },
		{ "{", "{\"uid\":1,", ERR_TOKEN },
		{ "{", "{\"x\":{\"a\":1,\"a\":2},", ERR_TOKEN },
		{ "{", "{\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]],", ERR_OK },
		{ "{", "{\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]],", ERR_TOKEN },	/* 17 deep */
		{ "johndoe", "john\\u0000doe", ERR_TOKEN },
		{ "johndoe", "john\xff", ERR_TOKEN },
		{ "johndoe", "john\ndoe", ERR_TOKEN },
		{ "}", "}}", ERR_TOKEN },
		{ "}", "", ERR_TOKEN },
		{ "}", ",}", ERR_TOKEN },
		{ CLAIMS, "", ERR_TOKEN },
		{ CLAIMS, "null", ERR_TOKEN },
		{ CLAIMS, "1", ERR_TOKEN },
		{ CLAIMS, "\"sub\"", ERR_TOKEN },
		{ CLAIMS, "[" CLAIMS "]", ERR_TOKEN },
		{ CLAIMS, "{}", ERR_TOKEN },
	};

	assert_claims(*state, HEADER_A, CLAIMS, changes, COUNT(changes));
}

/* By python3-jose (and PyJWT: the same text): {"sub":"johndoe","exp":4102444800}, SECRET_A. */
static const char jose_token[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiJqb2huZG9lIiwiZXhwIjo0MTAyNDQ0ODAwfQ."
    "kYH7V-gnzdLceprecrNv6xggY7qtjXquVkmQUGxXZ1M";

static void
a_tutorial_token_passes_only_where_that_is_set(void **state)
{
	struct fixture *f = *state;
	struct token token;

	assert_int_equal(verify(f, jose_token), ERR_TOKEN);
	f->config.accept_tutorial_tokens = true;

	assert_int_equal(token_verify(&f->config, f->keys, jose_token, NOW, &token), ERR_OK);
	assert_int_equal(token.uid, 0);
	assert_string_equal(token.subject, "johndoe");
	assert_string_equal(token.username, "johndoe");
	assert_string_equal(token.client_id, "");
	assert_string_equal(token.scope, "");
	assert_int_equal(token.expires_at, 4102444800);
	token_clear(&token);
}

static void
a_tutorial_token_may_be_of_any_key_and_either_order(void **state)
{
	static const char claims[] = "{\"sub\":\"johndoe\",\"exp\":1700000060}";
	struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	f->config.accept_tutorial_tokens = true;

	forge(HEADER_TUTORIAL, claims, SECRET_B, jwt);
	assert_int_equal(verify(f, jwt), ERR_OK);
	forge("{\"typ\":\"JWT\",\"alg\":\"HS256\"}", claims, SECRET_A, jwt);
	assert_int_equal(verify(f, jwt), ERR_OK);
	forge(HEADER_TUTORIAL, claims, "another secret of 32 bytes or so", jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
	forge("{\"alg\":\"HS256\"}", claims, SECRET_A, jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
	forge("{\"alg\": \"HS256\", \"typ\": \"JWT\"}", claims, SECRET_A, jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
}

static void
what_a_tutorial_token_does_say_must_fit(void **state)
{
	static const char claims[] = "{\"sub\":\"johndoe\",\"exp\":1700000060}";
	static const struct change changes[] = {
		{ "{", "{", ERR_OK },
		{ "1700000060", "1700000000", ERR_TOKEN },
		{ "1700000060", "1700000000.25", ERR_OK },
		{ "1700000060", "1700000000.0", ERR_TOKEN },
		{ "1700000060", "1e400", ERR_TOKEN },
		{ "1700000060", "\"1700000060\"", ERR_TOKEN },
		{ ",\"exp\":1700000060", "", ERR_TOKEN },
		{ "\"sub\":\"johndoe\",", "", ERR_TOKEN },
		{ "\"johndoe\"", "1", ERR_TOKEN },
		{ "{", "{\"iss\":\"https://id.example\",", ERR_OK },
		{ "{", "{\"iss\":\"other\",", ERR_TOKEN },
		{ "{", "{\"iss\":null,", ERR_TOKEN },
		{ "{", "{\"aud\":\"api\",", ERR_OK },
		{ "{", "{\"aud\":[\"x\",\"api\"],", ERR_OK },
		{ "{", "{\"aud\":\"other\",", ERR_TOKEN },
		{ "{", "{\"aud\":null,", ERR_TOKEN },
		{ "{", "{\"nbf\":1700000000,", ERR_OK },
		{ "{", "{\"nbf\":1700000000.0,", ERR_OK },
		{ "{", "{\"nbf\":-0.5,", ERR_OK },
		{ "{", "{\"nbf\":1700000001,", ERR_TOKEN },
		{ "{", "{\"nbf\":1700000000.5,", ERR_TOKEN },
		{ "{", "{\"nbf\":1e400,", ERR_TOKEN },
		{ "{", "{\"sub\":\"mallory\",", ERR_TOKEN },
		{ "{", "{\"type\":\"access\",", ERR_OK },
		{ "{", "{\"type\":\"refresh\",", ERR_TOKEN },
		{ "{", "{\"type\":null,", ERR_TOKEN },
		{ "{", "{\"token_type\":\"bearer\",", ERR_OK },
		{ "{", "{\"token_use\":[\"access\"],", ERR_TOKEN },
		{ "{", "{\"purpose\":\"password_reset\",", ERR_TOKEN },
	};
	struct fixture *f = *state;

	f->config.accept_tutorial_tokens = true;
	assert_claims(f, HEADER_TUTORIAL, claims, changes, COUNT(changes));
}

static void
tutorial_claims_do_not_pass_under_our_header(void **state)
{
	struct fixture *f = *state;
	char jwt[TEXT_SIZE];

	f->config.accept_tutorial_tokens = true;
	forge(HEADER_A, "{\"sub\":\"johndoe\",\"exp\":1700000060}", SECRET_A, jwt);

	assert_int_equal(verify(f, jwt), ERR_TOKEN);
}

static void
our_claims_under_a_tutorial_header_give_neither_id_nor_scope(void **state)
{
	static const struct change scope = { "{", "{\"scope\":\"users:create\",", ERR_OK };
	struct fixture *f = *state;
	char claims[TEXT_SIZE], jwt[TEXT_SIZE];
	struct token token;

	change_text(CLAIMS, &scope, claims);
	forge(HEADER_TUTORIAL, claims, SECRET_A, jwt);
	assert_int_equal(verify(f, jwt), ERR_TOKEN);
	f->config.accept_tutorial_tokens = true;

	assert_int_equal(token_verify(&f->config, f->keys, jwt, NOW, &token), ERR_OK);
	assert_int_equal(token.uid, 0);
	assert_string_equal(token.scope, "");
	token_clear(&token);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_issued_verifies),
		TEST(any_user_name_survives_the_journey),
		TEST(a_token_carries_the_claims_of_the_protocol),
		TEST(no_scope_leaves_the_claim_out),
		TEST(the_dialect_says_what_sub_is),
		TEST(a_token_is_for_whom_it_names),
		TEST(no_two_tokens_have_one_jti_and_it_has_128_bits),
		TEST(a_token_too_long_to_verify_is_not_issued),
		TEST(a_name_as_long_as_the_stack_is_not_issued),
		TEST(a_name_that_is_not_utf_8_is_not_issued),
		TEST(every_key_of_the_ring_verifies),
		TEST(a_key_signs_only_under_its_own_id),
		TEST(rfc_7515_a_1_is_known_to_the_library_and_refused_by_us),
		TEST(one_changed_character_spoils_a_token),
		TEST(a_shortened_or_extended_token_is_refused),
		TEST(nonsense_is_refused),
		TEST(a_payload_has_one_spelling_even_when_signed),
		TEST(an_empty_or_deep_payload_of_a_stranger_is_refused),
		TEST(nothing_is_read_of_a_payload_before_its_signature_is_good),
		TEST(a_header_of_any_other_wording_is_refused),
		TEST(an_unsigned_token_is_refused),
		TEST(a_token_has_4096_characters_at_most),
		TEST(a_token_ends_at_its_expiry),
		TEST(a_token_begins_at_its_nbf),
		TEST(the_audience_must_be_ours),
		TEST(without_an_audience_of_ours_a_token_has_none),
		TEST(every_claim_must_be_there_and_of_its_type),
		TEST(claims_that_are_no_strict_json_object_are_refused),
		TEST(a_tutorial_token_passes_only_where_that_is_set),
		TEST(a_tutorial_token_may_be_of_any_key_and_either_order),
		TEST(what_a_tutorial_token_does_say_must_fit),
		TEST(tutorial_claims_do_not_pass_under_our_header),
		TEST(our_claims_under_a_tutorial_header_give_neither_id_nor_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
