/* test_scheme: stored hashes that other programs made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hash/scheme.h"
#include "hashing.h"

static const char password[] = "correct horse";

/*
 * Made of that password by passlib 1.7.4, argon2-cffi 21.1, Django 3.2, werkzeug 2.2, PHP 8.2,
 * openssl passwd, htpasswd, and by perl's crypt() with the salt given.
 */
static const struct { const char *name, *program, *stored; } made[] = {
	{ "argon2id", "argon2-cffi",
	    "$argon2id$v=19$m=64,t=2,p=2$QPeTML/WyI4K3fTSIjm20A$GstANYtp6Ae8iARg5Of/ww" },
	{ "argon2i", "argon2-cffi",
	    "$argon2i$v=19$m=64,t=2,p=2$TRARZ/lst7Fp7uU6RW4IbQ$hOKe+dnanQid76jLHHvYEw" },
	{ "argon2id", "PHP",
	    "$argon2id$v=19$m=64,t=1,p=1$bWVyblVBTXV5eUtuY1NVaw$TVVeiStrk8JM1vCFiXF"
	    "PGReJFdtJmmUyLKtvZHl7eoU" },
	{ "argon2id", "Django",
	    "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$u/SsfP5LytnfIgVbxFHe7Q" },
	{ "bcrypt", "PHP",
	    "$2y$04$w317tP5dC5xxyaUu882T2uncQTij6KHivkT7E/2YH6iZbU4qrGJpS" },
	{ "bcrypt", "Django",
	    "bcrypt$$2b$04$fJOThfhzQjKMpaCEni1wheHNcOT/Z5nSJ/ivyfNaPVCfFfrkPEP2m" },
	{ "bcrypt-sha256", "Django",
	    "bcrypt_sha256$$2b$04$CMCxly50j4YDm4IARVV3iOnm8yv8jIAmBL2iEPA9nT71EUL8GELUa" },
	{ "bcrypt-sha256", "passlib",
	    "$bcrypt-sha256$v=2,t=2b,r=4$5heuxMiMhl08eQ0.nam1de$WE/peeLpNJhQ1MGjwPV"
	    "2rXPCikx78i2" },
	{ "bcrypt-sha256", "passlib, version=1",
	    "$bcrypt-sha256$2b,4$UW9KW7Ik3NBeAsj5o6Udm.$2/9UPIJtjkut4mp3piGr5A30.ERkBE2" },
	{ "sha512-crypt", "passlib",
	    "$6$rounds=1000$O8NYx9SDtR5nqErH$YGdwxHV22SmCMrsUOq4iHmEibDBIcjHo.SoNe/"
	    "Itua361LhkQVBY1e6bFOaRyFE1R8BnbJz.GC5c3K2W3UVvP0" },
	{ "sha512-crypt", "passlib",
	    "$6$JFaMb2d9pl/1gLf7$gs6ceousFRI4J2ZAuOKc.2oqh40iFpAzN9rHznxF5RCKU3X0Jl"
	    "16LDc5lm8zBXtihFZHrT3ki4o9S1oXaCeQw1" },
	{ "sha512-crypt", "openssl passwd -6",
	    "$6$WKMktTxlAxEVM7Ot$jf9xgtxsI8mDO426kVyvVL9c.OunyRp.BC2BGSxuUzODngmUrb"
	    "fz1Z0Sd7NhaQx00i3ZddCIALuWqrbR5B5sv/" },
	{ "sha256-crypt", "passlib",
	    "$5$rounds=1000$XdX.uKCTT84NECdw$CTCBDMa/z.uTHM2Hsy.ebgztaQfNtj/q"
	    "NsCUKlJFY2C" },
	{ "sha256-crypt", "openssl passwd -5",
	    "$5$abc$HEtZB/1K6XJ99xRK14R.qL6AxT3f9/cPAGbTKZddAT6" },
	{ "md5-crypt", "openssl passwd -1",
	    "$1$H3OcMU.x$V5uwHxkW8tcXbsvOi9Gjt1" },
	{ "md5-crypt", "passlib",
	    "$1$ab$.ThsTrbyIbEahEdE8LNwj1" },
	{ "yescrypt", "perl crypt",
	    "$y$j75$abcdefghijklmnopqrstu/$ALu5fxDP4EnWA/jFugllLSJHRqXcsz0pEI0e2sEjCD2" },
	{ "yescrypt", "perl crypt",
	    "$y$j9T$abcdefghijklmnopqrstu/$.vSz9b7ryOgSnkttEnbNRNUInhzzGARqDmB2sX9pMj3" },
	{ "gost-yescrypt", "perl crypt",
	    "$gy$j75$abcdefghijklmnopqrstu/$6WixahHihijdVb2i3.KKJ21EciSyDU339w/rIrtgon5" },
	{ "scrypt", "perl crypt",
	    "$7$8/..../....abcdefghijklmnopqrstu$S2B3oopLHdRPou1JePyx4v6w1lOF"
	    "uPe3fLRWavWHau4" },
	{ "pbkdf2-sha256", "passlib",
	    "$pbkdf2-sha256$10$Uaq1VkqJkZKy9n4v5bx37g$zWsVkitNaMObZBXEhVA/gzjrMNnVb"
	    "bnU3Wvs4hjVEJE" },
	{ "pbkdf2-sha512", "passlib",
	    "$pbkdf2-sha512$10$co4RglCKMWbMeY/xntPaew$XCUf6fpYqUg237.ns3vXXjKDx5ZSF"
	    "6kcE0OUK12ZirWbPWEhqH8o6g8Be8eTDLytJY37mvfn4/pMl0GKJUIAEw" },
	{ "pbkdf2-sha1", "passlib",
	    "$pbkdf2$10$oXRuDaE0ZoyR8t4bo9T63w$vAcD.MD7Z9TCf.qGGvHJSbcA6Ho" },
	{ "pbkdf2-sha256", "Django",
	    "pbkdf2_sha256$1000$saltsalt1234$vCowWi1dB0WkHn96blKCnL2OG83kjxRx"
	    "vy4fTd6Hm28=" },
	{ "pbkdf2-sha1", "Django",
	    "pbkdf2_sha1$1000$saltsalt1234$mVNR3cZHHo3rmKkcv1Oelu5hGZM=" },
	{ "pbkdf2-sha256", "werkzeug",
	    "pbkdf2:sha256:1000$Ty6u4XeJ3U2OOogk$c4039830e19cd3c78ffbe80f30504c88ec"
	    "b8dad5ada3b70de7311199fa9a6690" },
	{ "pbkdf2-sha512", "werkzeug",
	    "pbkdf2:sha512:1000$qUuY4W31WBYaAhXh$823a40002d1cabea36487bb280017ba9ac"
	    "202395bea396a3157c619810b49920e3fecf805c6a982a1fed84323468566b41"
	    "639307590a26c34a6ab6d4d97a4784" },
	{ "pbkdf2-sha1", "werkzeug",
	    "pbkdf2:sha1:1000$bIvPDjSnGGl49GMa$5bd0699b2ffcae0863800dddcdcb42067c830527" },
	{ "scrypt", "passlib",
	    "$scrypt$ln=10,r=1,p=2$W2utlfJ+bw1BKIUQ4tw7pw$KC3rbcbEOKa//DUIiox2nf73n"
	    "HQ5SusHkReJsMGU0nQ" },
	{ "scrypt", "hashlib.scrypt, as Django 4 writes it",
	    "scrypt$1024$seasalt$8$1$b9vqOe0B5HZh2f10Q9RPN9OFNPtmb+ezp5YOlnZsJQ0vQ5"
	    "I3eq8Zt7GFMuqQ58xCxTIvVL1QCL/PTXEWr+RNHA==" },
	{ "scrypt", "hashlib.scrypt, as werkzeug 2.3 writes it",
	    "scrypt:1024:8:1$H5mFXsLo8g0fG3Ea$fca0e331e2264c38dd16641d81244646d757d"
	    "35d0ce476deb75d542c519d4f734811cba2c61c4681ea6b35ee5bd619a3accec"
	    "283586533e683c61b287fb73ae7" },
	{ "apr1", "openssl passwd -apr1",
	    "$apr1$3JZ93n5D$VdvICJm.UnRp8m0rZ1K.R/" },
	{ "apr1", "htpasswd -nbm",
	    "$apr1$lpfwNIcQ$zcLTb9EqtbsK13N7keWQj0" },
	{ "apr1", "passlib",
	    "$apr1$a$4hvVz1ZYp9jwYWd9JRfWy1" },
	{ "sha", "htpasswd -nbs",
	    "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=" },
	{ "ssha", "passlib",
	    "{SSHA}Q4zlkRLGkoqSSqrd0PGYsURQjCfHWOud" },
	{ "ssha", "passlib",
	    "{SSHA}zj5ows3u6e4YzHrgVeFL/XrCJaRhYmNk" },
	{ "phpass", "passlib",
	    "$P$5OnH/4QOlAfGGMRiZs.YqHg3gROpca." },
	{ "phpass", "passlib, ident=H",
	    "$H$5urwxFbIOYiE78EEVr5oTNm20YAPTy1" },
	{ "argon2id", "argon2-cffi, version=16",
	    "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$HLY7365Ju2EvnseQtMyxtxas"
	    "BOcpC0oF5mnVSyW22Zg" },
	{ "argon2id", "the same, as before versions were written",
	    "$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$HLY7365Ju2EvnseQtMyxtxasBOcpC"
	    "0oF5mnVSyW22Zg" },
	{ "bcrypt", "passlib", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
	{ "bcrypt", "the same, with the spare bits of salt and hash set, as by passlib 1.5",
	    "$2b$04$abcdefghijklmnopqrstu9jydOTSfIH/d5oUHpsygqV5X9xJLQc6f" },
	{ "bcrypt-sha384", "PHP, as WordPress 6.8 writes it",
	    "$wp$2y$04$w2ZtAu9OPTo8QxiyV4Sfcuh/qqVKgJ7PKTquSDHgD4k8sLId14Sx." },
	{ "hmac-sha256", "werkzeug",
	    "sha256$aL4k0Nibru9wCc9Q$e00e07b88f3f8830"
	    "7868db771c0bcd66b7f06880966bfe16130ea3672848465d" },
};

static int
set_up(void **state)
{
	return hashing_set_up(state, &(struct config){ .hash_slots = 1, .hash_memory = 32 });
}

static enum err
check(const struct fixture *f, const char *stored, const char *typed)
{
	struct scheme_hash hash;

	if (!scheme_parse(stored, &hash))
		fail_msg("cannot be read: %s", stored);
	return scheme_check(f->hasher, NULL, &hash, typed);
}

static void
what_another_program_made_of_a_password_is_right_for_that_one_alone(void **state)
{
	static const char *const others[] = {
		"", "correct hors", "correct horse ", "Correct horse", "correct horsf",
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(made); i++) {
		if (check(f, made[i].stored, password) != ERR_OK)
			fail_msg("%s: refused: %s", made[i].program, made[i].stored);
		for (size_t j = 0; j < COUNT(others); j++)
			if (check(f, made[i].stored, others[j]) != ERR_CREDENTIALS)
				fail_msg("\"%s\" let in: %s", others[j], made[i].stored);
	}
}

static void
a_stored_hash_says_what_made_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct scheme_hash hash;

		assert_true(scheme_parse(made[i].stored, &hash));
		assert_string_equal(scheme_name(&hash), made[i].name);
	}
}

static void
schemes_of_a_few_steps_are_weak(void **state)
{
	static const char *const weak[] = {
		"md5-crypt", "apr1", "ssha", "sha", "phpass", "hmac-sha256",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		bool expected = false;

		for (size_t j = 0; j < COUNT(weak); j++)
			expected = expected || strcmp(made[i].name, weak[j]) == 0;
		assert_int_equal(scheme_is_weak(made[i].name), expected);
	}
	assert_false(scheme_is_weak("scrypt"));
	assert_false(scheme_is_weak("something else"));
}

/* Where a salt or a digest may be shorter, what is left is another hash. */
static void
a_text_that_is_cut_or_has_more_lets_nobody_in(void **state)
{
	const struct fixture *f = *state;
	struct scheme_hash hash;
	char stored[320];

	for (size_t i = 0; i < COUNT(made); i++) {
		for (size_t cut = 0; cut < strlen(made[i].stored); cut++) {
			snprintf(stored, sizeof(stored), "%.*s", (int)cut, made[i].stored);
			if (scheme_parse(stored, &hash) &&
			    scheme_check(f->hasher, NULL, &hash, password) != ERR_CREDENTIALS)
				fail_msg("let in: %s", stored);
		}
		for (const char *more = "$ =z\n"; *more != '\0'; more++) {
			snprintf(stored, sizeof(stored), "%s%c", made[i].stored, *more);
			if (scheme_parse(stored, &hash) &&
			    scheme_check(f->hasher, NULL, &hash, password) != ERR_CREDENTIALS)
				fail_msg("let in: %s", stored);
		}
	}
}

static void
no_changed_character_lets_anybody_in(void **state)
{
	const struct fixture *f = *state;
	char stored[320];

	for (size_t i = 0; i < COUNT(made); i++) {
		if (strstr(made[i].program, "the same") != NULL)
			continue;
		for (size_t at = 0; at < strlen(made[i].stored); at++) {
			struct scheme_hash hash;
			/* These differ in more than the spare bits of bcrypt. */
			const char was = made[i].stored[at];
			const char is = was == '.' || was == '/' ? 'z' : '/';

			snprintf(stored, sizeof(stored), "%s", made[i].stored);
			stored[at] = is;
			if (scheme_parse(stored, &hash) &&
			    scheme_check(f->hasher, NULL, &hash, password) != ERR_CREDENTIALS)
				fail_msg("let in: %s", stored);
		}
	}
}

/* The kind, and with it the time, is the same; and no password has the hash. */
static void
there_is_a_hash_of_nobody_that_costs_as_much_as_each(void **state)
{
	const struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(made); i++) {
		struct scheme_hash hash, nobodys;

		assert_true(scheme_parse(made[i].stored, &hash));
		if (!scheme_make_nobodys(hash.kind, &nobodys))
			fail_msg("there is none of the kind %s", hash.kind);
		assert_string_equal(nobodys.kind, hash.kind);
		assert_int_equal(nobodys.memory, hash.memory);
		assert_int_equal(scheme_check(f->hasher, NULL, &nobodys, password),
		    ERR_CREDENTIALS);
	}
}

static void
hashes_of_one_cost_have_one_kind(void **state)
{
	static const struct { const char *stored, *kind; } rows[] = {
		{ "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$"
		  "HLY7365Ju2EvnseQtMyxtxasBOcpC0oF5mnVSyW22Zg",
		  "$argon2id$v=19$m=64,t=1,p=1$" },
		{ "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$u/SsfP5LytnfIgVbxFHe7Q",
		  "$argon2id$v=19$m=64,t=1,p=1$" },
		{ "bcrypt_sha256$$2b$04$GN.Thfo6uJIGcBaFkkaNvOvZ/WtyQSaMuRdrnvKlTTnvGmH8Lg/N.",
		  "$2b$04$" },
		{ "$bcrypt-sha256$2b,4$ZhDge8HmECKfvcIntqOBlO$IzziLvkDEGBOpv.Qx30VUqBMfBnOIzq",
		  "$2b$04$" },
		{ "$5$abc$HEtZB/1K6XJ99xRK14R.qL6AxT3f9/cPAGbTKZddAT6", "$5$...$" },
		{ "$y$j75$abcdefghijklmnopqrstu/$ALu5fxDP4EnWA/jFugllLSJHRqXcsz0pEI0e2sEjCD2",
		  "$y$j75$" },
		{ "pbkdf2_sha256$1000$saltsalt1234$vCowWi1dB0WkHn96blKCnL2OG83kjxRxvy4fTd6Hm28=",
		  "$pbkdf2-sha256$1000$" },
		{ "scrypt$1024$seasalt$8$1$b9vqOe0B5HZh2f10Q9RPN9OFNPtmb+ezp5YOlnZsJQ0vQ5I3eq8Zt7G"
		  "FMuqQ58xCxTIvVL1QCL/PTXEWr+RNHA==", "$scrypt$ln=10,r=8,p=1$" },
		{ "$H$5LaKUuL6jUeCi7r.C6hD0JGCDY2mCj0", "$P$5" },
		{ "$apr1$a$4hvVz1ZYp9jwYWd9JRfWy1", "$apr1$.$" },
		{ "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", "{SHA}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scheme_hash hash;

		assert_true(scheme_parse(rows[i].stored, &hash));
		assert_string_equal(hash.kind, rows[i].kind);
	}
}

/* Salts and digests that have the right form; what a hash costs is written between them. */
#define SALT "c29tZXNhbHQ"
#define DIGEST32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define DIGEST64 DIGEST32 DIGEST32
#define ARGON2(cost) "$argon2id$v=19$" cost "$" SALT "$" DIGEST32
#define PBKDF2(rounds) "$pbkdf2-sha256$" rounds "$" SALT "$" DIGEST32
#define SCRYPT(cost) "$scrypt$" cost "$" SALT "$" DIGEST32
#define WERKZEUG(cost) "scrypt:" cost "$salt$" \
	"00000000000000000000000000000000000000000000000000000000000000000000000000000000" \
	"000000000000000000000000000000000000000000000000"
#define YESCRYPT(cost) "$y$" cost "$abcdefghijklmnopqrstu/$" DIGEST32
#define PHPASS(rounds) "$P$" rounds "saltsaltAAAAAAAAAAAAAAAAAAAAAA"

static void
a_hash_that_asks_for_more_than_its_bounds_is_none(void **state)
{
	static const struct { const char *most, *more; } rows[] = {
		{ ARGON2("m=262144,t=10,p=16"), ARGON2("m=4194304,t=1,p=1") },	/* 4 GiB */
		{ ARGON2("m=262144,t=1,p=1"), ARGON2("m=262145,t=1,p=1") },
		{ ARGON2("m=8,t=10,p=1"), ARGON2("m=8,t=11,p=1") },
		{ ARGON2("m=128,t=1,p=16"), ARGON2("m=1024,t=1,p=17") },
		{ ARGON2("m=32,t=1,p=4"), ARGON2("m=31,t=1,p=4") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("m=8,t=0,p=1") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("m=8,t=1,p=0") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("m=08,t=1,p=1") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("m=99999999999999999999,t=1,p=1") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("m=-8,t=1,p=1") },
		{ ARGON2("m=8,t=1,p=1"), ARGON2("t=1,m=8,p=1") },
		{ ARGON2("m=8,t=1,p=1"), "$argon2id$v=18$m=8,t=1,p=1$" SALT "$" DIGEST32 },
		{ ARGON2("m=8,t=1,p=1"), "$argon2d$v=19$m=8,t=1,p=1$" SALT "$" DIGEST32 },
		{ PBKDF2("5000000"), PBKDF2("5000001") },
		{ PBKDF2("1"), PBKDF2("0") },
		{ SCRYPT("ln=18,r=8,p=1"), SCRYPT("ln=19,r=8,p=1") },
		{ SCRYPT("ln=14,r=8,p=16"), SCRYPT("ln=14,r=8,p=17") },
		{ WERKZEUG("32768:8:1"), WERKZEUG("32769:8:1") },
		{ WERKZEUG("262144:8:1"), WERKZEUG("524288:8:1") },
		{ "$6$rounds=1000000$salt$" DIGEST64, "$6$rounds=1000001$salt$" DIGEST64 },
		{ "$6$rounds=1000$salt$" DIGEST64, "$6$rounds=999$salt$" DIGEST64 },
		{ "$5$saltsaltsaltsalt$" DIGEST32, "$5$saltsaltsaltsaltx$" DIGEST32 },
		{ "$5$s$" DIGEST32, "$5$$" DIGEST32 },
		{ YESCRYPT("jDT"), YESCRYPT("jET") },			/* 256 and 512 MiB */
		{ YESCRYPT("j75"), YESCRYPT("j65") },			/* N is too small */
		{ YESCRYPT("j9T"), YESCRYPT(".9T") },			/* of another flavour */
		{ YESCRYPT("j9T"), YESCRYPT("j9T/.") },
		{ "$7$CU..../....salt$" DIGEST32, "$7$KU..../....salt$" DIGEST32 },
		{ "$2b$16$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
		  "$2b$17$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
		{ "$bcrypt-sha256$2b,16$abcdefghijklmnopqrstuu$jydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
		  "$bcrypt-sha256$2b,17$abcdefghijklmnopqrstuu$jydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
		{ PHPASS("G"), PHPASS("H") },
		{ PHPASS("5"), PHPASS("4") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scheme_hash hash;

		if (!scheme_parse(rows[i].most, &hash))
			fail_msg("should be within bounds: %s", rows[i].most);
		if (scheme_parse(rows[i].more, &hash))
			fail_msg("should be out of bounds: %s", rows[i].more);
	}
}

static void
a_hash_that_needs_more_than_hash_memory_cannot_be_checked_now(void **state)
{
	const struct fixture *f = *state;

	assert_int_equal(check(f, ARGON2("m=32768,t=1,p=1"), password), ERR_CREDENTIALS);
	assert_int_equal(check(f, ARGON2("m=65536,t=1,p=1"), password), ERR_OVERLOADED);
	assert_int_equal(check(f, YESCRYPT("jAT"), password), ERR_CREDENTIALS);
	assert_int_equal(check(f, YESCRYPT("jBT"), password), ERR_OVERLOADED);
}

/* crypt() reads no more than 511 bytes, and does not say so of what is cut off. */
static void
a_password_that_crypt_does_not_read_whole_is_wrong(void **state)
{
	const struct fixture *f = *state;
	/* By perl's crypt(), of 511 times "x". */
	static const char stored[] =
	    "$5$rounds=1000$salt$f6BM3YXHXEzaPBwQyLT.dESUtZVeD6IX.pL.Uiplfb0";
	char typed[514];

	memset(typed, 'x', sizeof(typed));
	typed[511] = '\0';
	assert_int_equal(check(f, stored, typed), ERR_OK);
	typed[511] = 'x';
	typed[512] = '\0';
	assert_int_equal(check(f, stored, typed), ERR_CREDENTIALS);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, hashing_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_another_program_made_of_a_password_is_right_for_that_one_alone),
		TEST(a_stored_hash_says_what_made_it),
		TEST(schemes_of_a_few_steps_are_weak),
		TEST(a_text_that_is_cut_or_has_more_lets_nobody_in),
		TEST(no_changed_character_lets_anybody_in),
		TEST(there_is_a_hash_of_nobody_that_costs_as_much_as_each),
		TEST(hashes_of_one_cost_have_one_kind),
		TEST(a_hash_that_asks_for_more_than_its_bounds_is_none),
		TEST(a_hash_that_needs_more_than_hash_memory_cannot_be_checked_now),
		TEST(a_password_that_crypt_does_not_read_whole_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
