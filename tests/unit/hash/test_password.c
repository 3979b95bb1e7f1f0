/* test_password: stored hashes, ours and those of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <crypt.h>
#include <dlfcn.h>
#include <libscrypt.h>
#include <openssl/evp.h>

#include "hash/password.h"
#include "hash/scrypt_proof.h"
#include "hashing.h"

static const char password[] = "correct horse battery staple";

/* Made once with that password, N = 2^10, r = 1, p = 1 and the salt "0123456789abcdef". */
static const char stored_scrypt[] =
    "$s1$0a0101$MDEyMzQ1Njc4OWFiY2RlZg==$"
    "FGJptWOW53DN/LkhCxZJAHNh87K9K+uxU9ISme2v1693J7/XeIOiLqrwljA3/z7GjPYpDCZ6L/6lv5tgiqWcPA==";

static int
set_up(void **state)
{
	return hashing_set_up(state, &(struct config){ .hash_slots = 2 });
}

/* Checks a password; where stored is NULL, for nobody. */
static enum err
check_outdated(const struct fixture *f, const char *stored, const char *typed, bool *outdated)
{
	struct password_check result;
	struct password prepared;
	enum err err;

	assert_int_equal(password_prepare(typed, NULL, &prepared), ERR_OK);
	if (stored == NULL)
		err = password_refuse(&f->config, f->hasher, "", &prepared, &result);
	else
		err = password_check(&f->config, f->hasher, stored, &prepared, &result);
	*outdated = result.is_outdated;
	password_clear(&prepared);
	return err;
}

static enum err
check(const struct fixture *f, const char *stored, const char *typed)
{
	bool outdated;

	return check_outdated(f, stored, typed, &outdated);
}

static enum err
hash(const struct fixture *f, const char *typed, char stored[PASSWORD_STORED_SIZE])
{
	struct password prepared;
	enum err err;

	assert_int_equal(password_prepare(typed, NULL, &prepared), ERR_OK);
	err = password_hash(&f->config, f->hasher, &prepared, stored);
	password_clear(&prepared);
	return err;
}

static void
only_what_can_be_checked_is_checkable(void **state)
{
	static const struct { const char *stored; bool expected; } vectors[] = {
		{ "", false },
		{ "$2b$18$abc", false },
		{ "$s1$0e0805$x$y", false },
		{ "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", false },
		{ "$2b$12$abcdefghijklmnopqrstuuOTqqJ1xZ5oQj4FZpmVRLTKVXiEvMb1i", true },
	};
	const struct fixture *f = *state;
	char ours[PASSWORD_STORED_SIZE];

	for (size_t i = 0; i < COUNT(vectors); i++)
		assert_false(password_is_current(&f->config, vectors[i].stored));
	for (size_t i = 0; i < COUNT(vectors); i++)
		if (password_is_checkable(vectors[i].stored) != vectors[i].expected)
			fail_msg("wrong about %s", vectors[i].stored);
	assert_int_equal(hash(f, password, ours), ERR_OK);
	assert_true(password_is_checkable(ours));
	assert_true(password_is_current(&f->config, ours));
}

static void
what_was_hashed_is_right_and_up_to_date(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];
	bool outdated = true;

	assert_int_equal(hash(f, password, stored), ERR_OK);

	assert_int_equal(check_outdated(f, stored, password, &outdated), ERR_OK);
	assert_false(outdated);
}

static void
any_other_password_is_wrong(void **state)
{
	static const char *const others[] = {
		"", "correct horse battery stapl", "correct horse battery staple ",
		"Correct horse battery staple", "correct horse battery staplf",
	};
	const struct fixture *f = *state;

	assert_int_equal(check(f, stored_scrypt, password), ERR_OK);

	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(check(f, stored_scrypt, others[i]), ERR_CREDENTIALS);
}

static void
two_hashes_of_one_password_differ(void **state)
{
	const struct fixture *f = *state;
	char first[PASSWORD_STORED_SIZE], second[PASSWORD_STORED_SIZE];

	assert_int_equal(hash(f, password, first), ERR_OK);
	assert_int_equal(hash(f, password, second), ERR_OK);

	assert_string_not_equal(first, second);
}

static void
our_hashes_verify_in_libscrypt(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE], scribbled[PASSWORD_STORED_SIZE];

	assert_int_equal(hash(f, password, stored), ERR_OK);

	memcpy(scribbled, stored, sizeof(stored));
	assert_true(libscrypt_check(scribbled, password) > 0);
	memcpy(scribbled, stored, sizeof(stored));
	assert_false(libscrypt_check(scribbled, "wrong") > 0);
}

static void
hashes_of_libscrypt_verify_here(void **state)
{
	const struct fixture *f = *state;
	char stored[SCRYPT_MCF_LEN];

	assert_int_equal(libscrypt_hash(stored, password, 1 << 10, 1, 1), 1);

	assert_int_equal(check(f, stored, password), ERR_OK);
	assert_int_equal(check(f, stored, "wrong"), ERR_CREDENTIALS);
}

static void
only_a_hash_that_is_too_cheap_is_outdated(void **state)
{
	/* The hash is made at 11 1 2. */
	static const struct { long log2_n, r, p; bool expected; } vectors[] = {
		{ 11, 1, 2, false }, { 12, 1, 2, true }, { 11, 2, 2, true }, { 11, 1, 3, true },
		{ 11, 2, 1, false }, { 12, 1, 1, false }, { 10, 1, 4, false },
		{ 11, 1, 1, false }, { 10, 1, 3, false },
	};
	struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];

	f->config.scrypt_log2_n = 11;
	f->config.scrypt_p = 2;
	assert_int_equal(hash(f, password, stored), ERR_OK);
	for (size_t i = 0; i < COUNT(vectors); i++) {
		bool outdated = !vectors[i].expected;

		f->config.scrypt_log2_n = vectors[i].log2_n;
		f->config.scrypt_r = vectors[i].r;
		f->config.scrypt_p = vectors[i].p;
		assert_int_equal(check_outdated(f, stored, password, &outdated), ERR_OK);
		assert_int_equal(outdated, vectors[i].expected);
		assert_int_equal(password_is_current(&f->config, stored), !outdated);
	}
}

static void
a_wrong_password_outdates_nothing(void **state)
{
	struct fixture *f = *state;
	bool outdated = true;

	f->config.scrypt_log2_n = 11;
	assert_int_equal(check_outdated(f, stored_scrypt, "wrong", &outdated),
	    ERR_CREDENTIALS);

	assert_false(outdated);
}

static void
no_password_is_right_for_nobody(void **state)
{
	static const char *const passwords[] = { "", "a", password, "bearward: nobody" };
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(passwords); i++)
		assert_int_equal(check(f, NULL, passwords[i]), ERR_CREDENTIALS);
}

/* What the last hash was made of: the setting and the key of bcrypt, or r p of scrypt. */
static char bcrypt_setting[PASSWORD_STORED_SIZE], bcrypt_key[PASSWORD_BYTES_MAX + 1];
static long scrypt_rp;
static int bcrypt_hashes;

/* What to set to 0 once, while something is hashed; or NULL. */
static long *waiting_to_close;

/* In place of libcrypt's: notes, and hashes. */
char *
crypt_rn(const char *key, const char *setting, void *data, int size)
{
	char *(*make)(const char *, const char *, void *, int);
	/* Nothing else makes the program need the library. It stays open. */
	static void *library;
	void *symbol;

	if (library == NULL)
		library = dlopen("libcrypt.so.1", RTLD_NOW);
	assert_non_null(library);
	symbol = dlsym(library, "crypt_rn");
	memcpy(&make, &symbol, sizeof(make));
	snprintf(bcrypt_setting, sizeof(bcrypt_setting), "%s", setting);
	snprintf(bcrypt_key, sizeof(bcrypt_key), "%s", key);
	bcrypt_hashes++;
	if (waiting_to_close != NULL)
		*waiting_to_close = 0;
	waiting_to_close = NULL;
	return make(key, setting, data, size);
}

/* In place of OpenSSL's: the first of two calls makes the blocks of scrypt, the other the hash. */
int
PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
    const EVP_MD *digest, int keylen, unsigned char *out)
{
	int (*make)(const char *, int, const unsigned char *, int, int, const EVP_MD *, int,
	    unsigned char *);
	void *symbol = dlsym(RTLD_NEXT, "PKCS5_PBKDF2_HMAC");

	memcpy(&make, &symbol, sizeof(make));
	if (keylen >= 128)
		scrypt_rp = keylen / 128;
	return make(pass, passlen, salt, saltlen, iter, digest, keylen, out);
}

/* Refuses a password of nobody, whose hash is of that kind; forgets what was hashed before. */
static void
refuse(const struct fixture *f, const char *kind, const char *typed)
{
	struct password_check result;
	struct password prepared;

	bcrypt_setting[0] = bcrypt_key[0] = '\0';
	scrypt_rp = 0;
	assert_int_equal(password_prepare(typed, NULL, &prepared), ERR_OK);
	assert_int_equal(password_refuse(&f->config, f->hasher, kind, &prepared, &result),
	    ERR_CREDENTIALS);
	password_clear(&prepared);
}

static void
nobody_costs_a_hash_of_the_kind_that_was_chosen(void **state)
{
	static const struct { const char *kind, *setting; long rp; } rows[] = {
		{ "", "", 1 },			/* the configured cost */
		{ "garbage", "", 1 },
		{ "$s1$0a0203$", "", 6 },
		{ "$s1$0a0805$", "", 40 },
		{ "$s1$ffffff$", "", 1 },	/* more than may be */
		{ "$2b$04$", "$2b$04$", 0 },
		{ "$2y$05$", "$2y$05$", 0 },
		{ "$2b$31$", "", 1 },
	};
	static const char *const passwords[] = { "", "a", password, "refused\tby the profile" };
	const struct fixture *f = *state;

	if (scrypt_proof_choose(HASH_KERNEL_AUTO) == NULL)
		skip();		/* libscrypt has no PBKDF2 that could be seen */
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(passwords); j++) {
			refuse(f, rows[i].kind, passwords[j]);

			assert_memory_equal(bcrypt_setting, rows[i].setting,
			    strlen(rows[i].setting) + (*rows[i].setting == '\0'));
			assert_int_equal(scrypt_rp, rows[i].rp);
		}
	}
}

/* bcrypt reads 72 bytes, of a user's password and of nobody's alike. */
static void
nobody_has_as_much_of_a_long_password_hashed_as_a_user(void **state)
{
	const struct fixture *f = *state;
	char typed[100], of_user[sizeof(bcrypt_key)];

	memset(typed, 'a', sizeof(typed) - 1);
	typed[sizeof(typed) - 1] = '\0';
	assert_int_equal(check(f, "$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
	    typed), ERR_CREDENTIALS);
	memcpy(of_user, bcrypt_key, sizeof(of_user));

	refuse(f, "$2b$04$", typed);

	assert_int_equal(strlen(of_user), 72);
	assert_string_equal(bcrypt_key, of_user);
}

static void
one_changed_character_spoils_a_stored_hash(void **state)
{
	const struct fixture *f = *state;
	char stored[sizeof(stored_scrypt)];

	for (size_t i = 0; i < sizeof(stored) - 1; i++) {
		memcpy(stored, stored_scrypt, sizeof(stored));
		stored[i] = stored[i] == '1' ? '2' : '1';
		if (check(f, stored, password) != ERR_CREDENTIALS)
			fail_msg("character %zu may be changed: %s", i, stored);
	}
}

/* A stored text in which another cost or other base64 is written. */
static void
build_stored(char *stored, size_t size, const char *cost, const char *salt, const char *hash)
{
	snprintf(stored, size, "$s1$%s$%s$%s", cost, salt == NULL ?
	    "MDEyMzQ1Njc4OWFiY2RlZg==" : salt, hash == NULL ? stored_scrypt + 36 : hash);
}

static void
a_stored_text_out_of_shape_or_bounds_admits_nobody(void **state)
{
	static const struct {
		const char *cost;
		const char *salt;
		const char *hash;
	} vectors[] = {
		{ "090101", NULL, NULL },		/* N too small */
		{ "150101", NULL, NULL },		/* N too large */
		{ "0a0001", NULL, NULL },
		{ "0a0100", NULL, NULL },
		{ "0a2101", NULL, NULL },
		{ "0a0111", NULL, NULL },
		{ "140801", NULL, NULL },		/* 1 GiB */
		{ "ffffff", NULL, NULL },
		{ "0a 101", NULL, NULL },
		{ "0a+101", NULL, NULL },
		{ "0x0101", NULL, NULL },
		{ "0a010", NULL, NULL },
		{ "0a01010", NULL, NULL },
		{ "", NULL, NULL },
		{ "0a0101", "MDEyMzQ1Njc4OWFiY2RlZh==", NULL },	/* spare bits */
		{ "0a0101", "MDEyMzQ1Njc4OWFiY2RlZg=", NULL },
		{ "0a0101", "MDEyMzQ1Njc4OWFiY2RlZjAx", NULL },	/* 18 bytes */
		{ "0a0101", "MDEyMzQ1Njc4OWFiY2RlZjA=", NULL },	/* 17 bytes */
		{ "0a0101", "MDEyMzQ1Njc4OWFiY2Rl", NULL },
		{ "0a0101", "", NULL },
		{ "0a0101", NULL, "" },
		{ "0a0101", NULL, "AAAA" },
	};
	const struct fixture *f = *state;
	char stored[256];

	build_stored(stored, sizeof(stored), "0A0101", NULL, NULL);
	assert_int_equal(check(f, stored, password), ERR_OK);

	for (size_t i = 0; i < COUNT(vectors); i++) {
		build_stored(stored, sizeof(stored), vectors[i].cost, vectors[i].salt,
		    vectors[i].hash);
		if (check(f, stored, password) != ERR_CREDENTIALS)
			fail_msg("let in: %s", stored);
	}
}

static void
garbage_in_place_of_a_hash_admits_nobody(void **state)
{
	static const char *const vectors[] = {
		"", "$", "$s1", "$s1$", "*", "!", "x", "correct horse battery staple",
		"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GN2HDZB0yvnkD",
	};
	const struct fixture *f = *state;
	char longer[sizeof(stored_scrypt) + 1], dollars[sizeof(stored_scrypt)];

	for (size_t i = 0; i < COUNT(vectors); i++)
		assert_int_equal(check(f, vectors[i], password), ERR_CREDENTIALS);

	memset(dollars, '$', sizeof(dollars));
	dollars[sizeof(dollars) - 1] = '\0';
	assert_int_equal(check(f, dollars, password), ERR_CREDENTIALS);

	snprintf(longer, sizeof(longer), "%s ", stored_scrypt);
	assert_int_equal(check(f, longer, password), ERR_CREDENTIALS);
}

static void
a_password_is_prepared_before_it_is_hashed_or_checked(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];

	/* OpaqueString makes a no-break space a space: RFC 8265, section 4.2.2. */
	assert_int_equal(check(f, stored_scrypt, "correct\u00a0horse battery staple"), ERR_OK);

	assert_int_equal(hash(f, "correct\u00a0horse", stored), ERR_OK);
	assert_int_equal(check(f, stored, "correct horse"), ERR_OK);
}

static void
one_preparation_serves_every_hash_and_check(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];
	struct password prepared;
	struct password_check result;
	const char *form;

	assert_int_equal(password_prepare("correct\u00a0horse battery staple", NULL, &prepared),
	    ERR_OK);
	assert_string_equal(prepared.prepared, password);
	form = prepared.prepared;

	assert_int_equal(password_hash(&f->config, f->hasher, &prepared, stored), ERR_OK);
	assert_int_equal(password_check(&f->config, f->hasher, stored, &prepared, &result),
	    ERR_OK);
	assert_int_equal(password_check(&f->config, f->hasher, stored_scrypt, &prepared,
	    &result), ERR_OK);
	assert_ptr_equal(prepared.prepared, form);
	assert_string_equal(prepared.prepared, password);
	password_clear(&prepared);
}

/* What is hashed and compared is the prepared form that is handed in, and no other is made. */
static void
the_prepared_form_decides_and_the_typed_one_does_not(void **state)
{
	const struct fixture *f = *state;
	char form[] = "correct horse battery staple", stored[PASSWORD_STORED_SIZE];
	const struct password mixed = { .typed = "something else", .prepared = form };
	struct password_check result;

	assert_int_equal(password_check(&f->config, f->hasher, stored_scrypt, &mixed, &result),
	    ERR_OK);
	assert_int_equal(password_hash(&f->config, f->hasher, &mixed, stored), ERR_OK);
	assert_int_equal(check(f, stored, password), ERR_OK);
}

static void
a_refused_password_is_remembered_as_such(void **state)
{
	char too_long[PASSWORD_BYTES_MAX + 2];
	const char *const refused[] = { "", "pass\tword", "\xff", too_long };
	struct password prepared;

	(void)state;
	memset(too_long, 'a', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_int_equal(password_prepare(refused[i], NULL, &prepared), ERR_OK);
		assert_null(prepared.prepared);
		assert_ptr_equal(prepared.typed, refused[i]);
		password_clear(&prepared);
		assert_null(prepared.typed);
	}
}

static void
a_password_the_profile_refuses_is_not_hashed(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE] = "before";

	assert_int_equal(hash(f, "pass\tword", stored), ERR_REFUSED);
	assert_string_equal(stored, "");
	assert_int_equal(hash(f, "", stored), ERR_REFUSED);
}

static void
passwords_have_1024_bytes_at_most(void **state)
{
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];
	char typed[PASSWORD_BYTES_MAX + 2];

	memset(typed, 'a', sizeof(typed));
	typed[PASSWORD_BYTES_MAX] = '\0';
	assert_int_equal(hash(f, typed, stored), ERR_OK);
	assert_int_equal(check(f, stored, typed), ERR_OK);

	typed[PASSWORD_BYTES_MAX] = 'a';
	typed[PASSWORD_BYTES_MAX + 1] = '\0';
	assert_int_equal(check(f, stored, typed), ERR_CREDENTIALS);
	assert_int_equal(hash(f, typed, stored), ERR_REFUSED);
}

/* Where nobody may wait whatever needs a hash is ERR_OVERLOADED: so it shows who pays for one. */
static void
every_refusal_but_the_too_long_password_costs_a_hash(void **state)
{
	static const char *const stored[] = {
		NULL, "", "garbage", stored_scrypt,
		"$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
	};
	struct fixture *f = *state;
	char too_long[PASSWORD_BYTES_MAX + 2];

	memset(too_long, 'a', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	f->config.hash_waiting = 0;

	for (size_t i = 0; i < COUNT(stored); i++) {
		assert_int_equal(check(f, stored[i], password), ERR_OVERLOADED);
		assert_int_equal(check(f, stored[i], "wrong"), ERR_OVERLOADED);
		assert_int_equal(check(f, stored[i], "refused\tby the profile"), ERR_OVERLOADED);
		assert_int_equal(check(f, stored[i], too_long), ERR_CREDENTIALS);
	}
}

/* Whoever came now would be let in though he may not wait. */
static void
assert_need_not_wait(struct fixture *f)
{
	const long patience = f->config.hash_wait;

	f->config.hash_wait = 0;
	assert_int_equal(hasher_ask(f->hasher, NULL), ERR_OK);
	f->config.hash_wait = patience;
}

static void
a_hash_after_another_need_not_wait(void **state)
{
	struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];

	f->config.hash_waiting = 1;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hash(f, password, stored), ERR_OK);
		assert_need_not_wait(f);
		assert_int_equal(check(f, stored, password), ERR_OK);
		assert_need_not_wait(f);
		assert_int_equal(check(f, NULL, password), ERR_CREDENTIALS);
		assert_need_not_wait(f);
		assert_int_equal(check(f,
		    "$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u", "wrong"),
		    ERR_CREDENTIALS);
		assert_need_not_wait(f);
	}
}

static void
without_a_state_directory_nothing_is_right(void **state)
{
	struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE] = "before";
	char missing[] = "/nonexistent/state";

	f->config.state_dir = missing;

	assert_int_equal(check(f, stored_scrypt, password), ERR_STORAGE);
	assert_int_equal(hash(f, password, stored), ERR_STORAGE);
	assert_string_equal(stored, "");
}

static void
bcrypt_hashes_verify_and_are_outdated(void **state)
{
	/* By python3-bcrypt, libxcrypt and (cost 05) the test suite of crypt_blowfish. */
	static const struct {
		const char *password;
		const char *stored;
	} vectors[] = {
		{ "correct horse",
		    "$2a$04$OF37eHpxpKr88BPPKFrn/uIiqydYba2WjzQ0bHldhk5ZrSKvHV9WO" },
		{ "correct horse",
		    "$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u" },
		{ "correct horse",
		    "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
		{ "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
		{ "U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK" },
		{ "U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(vectors); i++) {
		bool outdated = false;

		assert_int_equal(check_outdated(f, vectors[i].stored,
		    vectors[i].password, &outdated), ERR_OK);
		assert_true(outdated);
		assert_int_equal(check(f, vectors[i].stored, "wrong"), ERR_CREDENTIALS);
	}
}

static void
a_bcrypt_password_is_right_as_it_was_typed_first(void **state)
{
	static const struct {
		const char *typed;
		const char *stored;
	} vectors[] = {
		/* of "a b" */
		{ "a b", "$2b$04$68PDych7foe4ae.9nf2yj.am6HSWSKt.46DJgdUY2dl9.hmfc1ad." },
		/* of "a", no-break space, "b" */
		{ "a\u00a0b", "$2b$04$iAfTBST2CmvZ4TfSHlKgsuDmCX5Fg3iMoSp02YCPtq7xW6LdH3zNW" },
		/* of "pass", tab, "word" */
		{ "pass\tword", "$2b$04$qPOLtuc5jHs5ZXuZZ5XF8uS4gBVhGgnhu44Y8NngyjqMiFsOLs2/W" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(vectors); i++)
		assert_int_equal(check(f, vectors[i].stored, vectors[i].typed), ERR_OK);
}

/* Makes a hash of bcrypt at the least cost. */
static void
make_bcrypt(const char *key, char stored[PASSWORD_STORED_SIZE])
{
	struct crypt_data *data = calloc(1, sizeof(*data));

	assert_non_null(data);
	snprintf(stored, PASSWORD_STORED_SIZE, "%s", crypt_rn(key,
	    "$2b$04$Qku1GtcXeZDLxE.mePdY1e", data, (int)sizeof(*data)));
	free(data);
}

static void
a_hash_of_another_program_is_right_for_each_normal_form_of_its_password(void **state)
{
	/* In NFC, in NFD, and half of each. */
	static const char *const forms[] = {
		"cr\u00e8me br\u00fbl\u00e9e", "cre\u0300me bru\u0302le\u0301e",
		"cr\u00e8me bru\u0302l\u00e9e",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(forms); i++) {
		char stored[PASSWORD_STORED_SIZE];

		make_bcrypt(forms[i], stored);
		for (size_t j = 0; j < COUNT(forms); j++) {
			/* Nobody guesses which of the letters were typed in which form. */
			const enum err expected = i == 2 && j != 2 ? ERR_CREDENTIALS : ERR_OK;
			bool outdated;

			assert_int_equal(check_outdated(f, stored, forms[j], &outdated), expected);
			assert_int_equal(outdated, expected == ERR_OK);
		}
		assert_int_equal(check(f, stored, "creme brulee"), ERR_CREDENTIALS);
	}
}

static void
each_form_of_a_password_is_tried_once_whoever_it_is_for(void **state)
{
	static const struct { const char *typed; int tries; } rows[] = {
		{ "", 1 },
		{ "correct horse", 1 },
		{ "refused\tby the profile", 1 },
		{ "\xff", 1 },			/* not UTF-8 */
		{ "correct\u00a0horse", 2 },	/* and with a space */
		{ "cr\u00e8me", 2 },		/* and in NFD */
		{ "cre\u0300me", 2 },		/* and in NFC */
		{ "cre\u0300me\t", 2 },		/* which is no password of ours */
		{ "cr\u00e8me\u00a0br\u00fbl\u00e9e", 3 },
		{ "cr\u00e8me bru\u0302l\u00e9e", 3 },
	};
	const struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];

	make_bcrypt("something else", stored);
	for (size_t i = 0; i < COUNT(rows); i++) {
		bcrypt_hashes = 0;
		assert_int_equal(check(f, stored, rows[i].typed), ERR_CREDENTIALS);
		assert_int_equal(bcrypt_hashes, rows[i].tries);

		bcrypt_hashes = 0;
		refuse(f, "$2b$04$", rows[i].typed);
		assert_int_equal(bcrypt_hashes, rows[i].tries);
	}
}

/* Whoever is told "too busy" has learned that a form was wrong: that is an attempt that failed. */
static void
a_form_that_was_wrong_is_told_where_the_next_is_not_tried(void **state)
{
	struct fixture *f = *state;
	char stored[PASSWORD_STORED_SIZE];
	struct password_check result;
	struct password prepared;

	make_bcrypt("something else", stored);
	assert_int_equal(password_prepare("cr\u00e8me", NULL, &prepared), ERR_OK);
	waiting_to_close = &f->config.hash_waiting;
	assert_int_equal(password_check(&f->config, f->hasher, stored, &prepared, &result),
	    ERR_OVERLOADED);
	assert_true(result.was_wrong);

	assert_int_equal(password_check(&f->config, f->hasher, stored, &prepared, &result),
	    ERR_OVERLOADED);
	assert_false(result.was_wrong);

	f->config.hash_waiting = 8;
	waiting_to_close = &f->config.hash_waiting;
	assert_int_equal(password_refuse(&f->config, f->hasher, "$2b$04$", &prepared, &result),
	    ERR_OVERLOADED);
	assert_true(result.was_wrong);
	password_clear(&prepared);
}

static void
what_bcrypt_did_not_read_never_becomes_the_password(void **state)
{
	/* of 72 times "x" */
	static const char stored[] =
	    "$2b$04$tuGBO091CgwAfwd6pYROMuiiARAsyyMHpxSSQGpPhAoc2srp1BALu";
	const struct fixture *f = *state;
	char typed[74];
	bool outdated = false;

	memset(typed, 'x', sizeof(typed));
	typed[72] = '\0';
	assert_int_equal(check_outdated(f, stored, typed, &outdated), ERR_OK);
	assert_true(outdated);

	typed[72] = 'y';
	typed[73] = '\0';
	assert_int_equal(check_outdated(f, stored, typed, &outdated), ERR_OK);
	assert_false(outdated);
}

static void
bcrypt_reads_72_bytes_of_a_password_however_long(void **state)
{
	/* of 72 times "x" */
	static const char stored[] =
	    "$2b$04$tuGBO091CgwAfwd6pYROMuiiARAsyyMHpxSSQGpPhAoc2srp1BALu";
	static const struct {
		int len;
		enum err expected;
	} vectors[] = {
		{ 71, ERR_CREDENTIALS },
		{ 72, ERR_OK },
		{ 73, ERR_OK },
		{ 600, ERR_OK },
		{ 1024, ERR_OK },
		{ 1025, ERR_CREDENTIALS },
	};
	const struct fixture *f = *state;
	char typed[1026];

	for (size_t i = 0; i < COUNT(vectors); i++) {
		memset(typed, 'x', sizeof(typed));
		typed[vectors[i].len] = '\0';
		assert_int_equal(check(f, stored, typed), vectors[i].expected);
	}
}

static void
a_bcrypt_text_out_of_shape_admits_nobody(void **state)
{
	static const char *const vectors[] = {
		"$2$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2x$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2c$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$03$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$17$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$4$$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$ 4$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$04.Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0u",
		"$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0",
		"$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0uu",
		"$2b$04$Qku1GtcXeZDLxE.mePdY1eBeWn1/42.pPJyepDvOYY8xtlPJIhd0:",
		"$2b$04$", "$2b$", "$2",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(vectors); i++)
		assert_int_equal(check(f, vectors[i], "correct horse"), ERR_CREDENTIALS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, hashing_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_can_be_checked_is_checkable),
		TEST(what_was_hashed_is_right_and_up_to_date),
		TEST(any_other_password_is_wrong),
		TEST(two_hashes_of_one_password_differ),
		TEST(our_hashes_verify_in_libscrypt),
		TEST(hashes_of_libscrypt_verify_here),
		TEST(only_a_hash_that_is_too_cheap_is_outdated),
		TEST(a_wrong_password_outdates_nothing),
		TEST(no_password_is_right_for_nobody),
		TEST(nobody_costs_a_hash_of_the_kind_that_was_chosen),
		TEST(nobody_has_as_much_of_a_long_password_hashed_as_a_user),
		TEST(one_changed_character_spoils_a_stored_hash),
		TEST(a_stored_text_out_of_shape_or_bounds_admits_nobody),
		TEST(garbage_in_place_of_a_hash_admits_nobody),
		TEST(a_password_is_prepared_before_it_is_hashed_or_checked),
		TEST(one_preparation_serves_every_hash_and_check),
		TEST(the_prepared_form_decides_and_the_typed_one_does_not),
		TEST(a_refused_password_is_remembered_as_such),
		TEST(a_password_the_profile_refuses_is_not_hashed),
		TEST(passwords_have_1024_bytes_at_most),
		TEST(every_refusal_but_the_too_long_password_costs_a_hash),
		TEST(a_hash_after_another_need_not_wait),
		TEST(without_a_state_directory_nothing_is_right),
		TEST(bcrypt_hashes_verify_and_are_outdated),
		TEST(a_bcrypt_password_is_right_as_it_was_typed_first),
		TEST(a_hash_of_another_program_is_right_for_each_normal_form_of_its_password),
		TEST(each_form_of_a_password_is_tried_once_whoever_it_is_for),
		TEST(a_form_that_was_wrong_is_told_where_the_next_is_not_tried),
		TEST(what_bcrypt_did_not_read_never_becomes_the_password),
		TEST(bcrypt_reads_72_bytes_of_a_password_however_long),
		TEST(a_bcrypt_text_out_of_shape_admits_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
