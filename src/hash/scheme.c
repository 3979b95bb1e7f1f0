/* scheme: the ways in which other programs store a password. */
#include "hash/scheme.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "hash/hasher.h"
#include "hash/scheme_internal.h"

/* For the hashes of nobody: zeros in base64 of each alphabet, and any salt. */
#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define A86 A43 A43
#define A27 "AAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ZEROS "00000000000000000000000000000000"
#define DOT21 "....................."
#define DOT43 DOT21 DOT21 "."
#define DOT86 DOT43 DOT43
#define SALT "bearward.nobody......."	/* 16 bytes, for bcrypt and yescrypt */
#define B64SALT "YmVhcndhcmQ6IG5vYm9keQ"

/* What argon2, scrypt and PBKDF2 with SHA-256 have behind a kind. */
#define NOBODYS_32 B64SALT "$" A43

static const struct scheme schemes[] = {
	/* Argon2: argon2-cffi, pwdlib, passlib, PHP; Django puts a word before it. */
	{ "$argon2id$", "argon2id", scheme_argon2_parse, scheme_argon2_compute,
	  .kind = "$argon2id$", .nobodys = NOBODYS_32, .algorithm = "id" },
	{ "argon2$argon2id$", "argon2id", scheme_argon2_parse, scheme_argon2_compute,
	  .kind = "$argon2id$", .algorithm = "id" },
	{ "$argon2i$", "argon2i", scheme_argon2_parse, scheme_argon2_compute,
	  .kind = "$argon2i$", .nobodys = NOBODYS_32, .algorithm = "i" },
	{ "argon2$argon2i$", "argon2i", scheme_argon2_parse, scheme_argon2_compute,
	  .kind = "$argon2i$", .algorithm = "i" },

	/* bcrypt, alone and behind SHA-2: Django, two versions of passlib, WordPress. */
	{ "$2", "bcrypt", scheme_bcrypt_parse, scheme_bcrypt_compute,
	  .kind = "$2", .nobodys = SALT "...............................",
	  .reads = SCHEME_BCRYPT_READS },
	{ "bcrypt$$2", "bcrypt", scheme_bcrypt_parse, scheme_bcrypt_compute,
	  .kind = "$2", .reads = SCHEME_BCRYPT_READS },
	{ "bcrypt_sha256$$2", "bcrypt-sha256", scheme_bcrypt_parse, scheme_bcrypt_compute_hex,
	  .kind = "$2" },
	{ "$bcrypt-sha256$2", "bcrypt-sha256", scheme_bcrypt_parse_passlib,
	  scheme_bcrypt_compute_base64, .kind = "$2" },
	{ "$bcrypt-sha256$v=2,t=2", "bcrypt-sha256", scheme_bcrypt_parse_v2,
	  scheme_bcrypt_compute_hmac, .kind = "$2" },
	{ "$wp$2", "bcrypt-sha384", scheme_bcrypt_parse, scheme_bcrypt_compute_wordpress,
	  .kind = "$2" },

	/* crypt(3): passlib, Unix, htpasswd. */
	{ "$6$", "sha512-crypt", scheme_crypt_parse_sha, scheme_crypt_compute,
	  .kind = "$6$", .nobodys = DOT86 },
	{ "$5$", "sha256-crypt", scheme_crypt_parse_sha, scheme_crypt_compute,
	  .kind = "$5$", .nobodys = DOT43 },
	{ "$y$", "yescrypt", scheme_crypt_parse_yescrypt, scheme_crypt_compute,
	  .kind = "$y$", .nobodys = SALT "$" DOT43 },
	{ "$gy$", "gost-yescrypt", scheme_crypt_parse_yescrypt, scheme_crypt_compute,
	  .kind = "$gy$", .nobodys = SALT "$" DOT43 },
	{ "$7$", "scrypt", scheme_crypt_parse_scrypt, scheme_crypt_compute,
	  .kind = "$7$", .nobodys = SALT "$" DOT43 },
	{ "$1$", "md5-crypt", scheme_crypt_parse_md5, scheme_crypt_compute,
	  .kind = "$1$", .nobodys = DOT21 ".", .is_weak = true },

	/* PBKDF2: passlib, Django, werkzeug (Flask). */
	{ "$pbkdf2-sha256$", "pbkdf2-sha256", scheme_pbkdf2_parse_passlib, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2-sha256$", .nobodys = NOBODYS_32, .algorithm = "SHA256" },
	{ "pbkdf2_sha256$", "pbkdf2-sha256", scheme_pbkdf2_parse_django, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2-sha256$", .algorithm = "SHA256" },
	{ "pbkdf2:sha256:", "pbkdf2-sha256", scheme_pbkdf2_parse_werkzeug, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2-sha256$", .algorithm = "SHA256" },
	{ "$pbkdf2-sha512$", "pbkdf2-sha512", scheme_pbkdf2_parse_passlib, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2-sha512$", .nobodys = B64SALT "$" A86, .algorithm = "SHA512" },
	{ "pbkdf2:sha512:", "pbkdf2-sha512", scheme_pbkdf2_parse_werkzeug, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2-sha512$", .algorithm = "SHA512" },
	{ "$pbkdf2$", "pbkdf2-sha1", scheme_pbkdf2_parse_passlib, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2$", .nobodys = B64SALT "$" A27, .algorithm = "SHA1" },
	{ "pbkdf2_sha1$", "pbkdf2-sha1", scheme_pbkdf2_parse_django, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2$", .algorithm = "SHA1" },
	{ "pbkdf2:sha1:", "pbkdf2-sha1", scheme_pbkdf2_parse_werkzeug, scheme_pbkdf2_compute,
	  .kind = "$pbkdf2$", .algorithm = "SHA1" },

	/* scrypt, by our own engine: passlib, Django, werkzeug. */
	{ "$scrypt$", "scrypt", scheme_scrypt_parse_passlib, .kind = "$scrypt$",
	  .nobodys = NOBODYS_32 },
	{ "scrypt$", "scrypt", scheme_scrypt_parse_django, .kind = "$scrypt$" },
	{ "scrypt:", "scrypt", scheme_scrypt_parse_werkzeug, .kind = "$scrypt$" },

	/* A few steps of MD5 or SHA: Apache, older WordPress, phpBB, LDAP, older Flask. */
	{ "$apr1$", "apr1", scheme_md5_parse_apr1, scheme_md5_compute_apr1,
	  .kind = "$apr1$", .nobodys = DOT21 ".", .is_weak = true },
	{ "$P$", "phpass", scheme_md5_parse_phpass, scheme_md5_compute_phpass,
	  .kind = "$P$", .nobodys = "bearward" DOT21 ".", .is_weak = true },
	{ "$H$", "phpass", scheme_md5_parse_phpass, scheme_md5_compute_phpass,
	  .kind = "$P$", .is_weak = true },
	{ "{SSHA}", "ssha", scheme_sha_parse, scheme_sha_compute, .kind = "{SSHA}",
	  .nobodys = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", .algorithm = "salted",
	  .is_weak = true },
	{ "{SHA}", "sha", scheme_sha_parse, scheme_sha_compute, .kind = "{SHA}",
	  .nobodys = A27 "=", .algorithm = "", .is_weak = true },
	{ "sha256$", "hmac-sha256", scheme_sha_parse_werkzeug, scheme_sha_compute_hmac,
	  .kind = "sha256$", .nobodys = "bearward$" ZEROS ZEROS, .is_weak = true },
};

enum { SCHEMES = sizeof(schemes) / sizeof(schemes[0]), TEXT_MAX = 256 };

struct scheme_bytes
scheme_salt(struct scheme_hash *hash, size_t min, size_t max)
{
	return (struct scheme_bytes){ hash->salt, min, max, &hash->salt_len };
}

struct scheme_bytes
scheme_digest(struct scheme_hash *hash, size_t min, size_t max)
{
	return (struct scheme_bytes){ hash->digest, min, max, &hash->digest_len };
}

enum err
scheme_fail(const struct scheme_hash *hash, const char *reason, int failure)
{
	log_event(LEVEL_ERROR, "cannot compute a hash of another program",
	    LOG_TEXT("scheme", hash->scheme->name), LOG_TEXT("reason", reason));
	return failure == ENOMEM ? ERR_OVERLOADED : ERR_INTERNAL;
}

enum err
scheme_fail_in_openssl(const struct scheme_hash *hash, const char *reason)
{
	const bool is_memory_out = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;

	ERR_clear_error();
	return scheme_fail(hash, reason, is_memory_out ? ENOMEM : 0);
}

bool
scheme_parse(const char *stored, struct scheme_hash *hash)
{
	if (strlen(stored) > TEXT_MAX)
		return false;
	for (size_t i = 0; i < SCHEMES; i++) {
		const struct scheme *scheme = &schemes[i];
		const char *rest = stored;

		*hash = (struct scheme_hash){ .scheme = scheme };
		if (scheme_text_skip(&rest, scheme->prefix) && scheme->parse(scheme, rest, hash))
			return true;
	}
	return false;
}

bool
scheme_make_nobodys(const char *kind, struct scheme_hash *hash)
{
	char stored[TEXT_MAX];

	for (size_t i = 0; i < SCHEMES; i++) {
		const char *rest = kind;

		if (schemes[i].nobodys == NULL || !scheme_text_skip(&rest, schemes[i].prefix))
			continue;
		snprintf(stored, sizeof(stored), "%s%s", kind, schemes[i].nobodys);
		if (scheme_parse(stored, hash) && strcmp(hash->kind, kind) == 0)
			return true;
	}
	return false;
}

struct task {
	const struct scheme_hash *known;	/* borrowed */
	const char *password;			/* borrowed, secret */
	unsigned char digest[SCHEME_DIGEST_MAX];	/* secret */
};

static enum err
run_task(void *arg)
{
	struct task *task = arg;

	return task->known->scheme->compute(task->known, task->password, task->digest);
}

enum err
scheme_check(struct hasher *hasher, const char *source, const struct scheme_hash *known,
    const char *password)
{
	struct task task = { .known = known, .password = password };
	enum err err;

	if (known->scheme->compute == NULL)
		err = scheme_scrypt_wait(hasher, source, known, password, task.digest);
	else
		err = hasher_run(hasher, source, known->memory, run_task, &task);
	if (err == ERR_OK && !secret_equal(task.digest, known->digest, known->digest_len))
		err = ERR_CREDENTIALS;
	secret_wipe(&task, sizeof(task));
	return err;
}

const char *
scheme_name(const struct scheme_hash *hash)
{
	return hash->scheme->name;
}

bool
scheme_reads_all(const struct scheme_hash *hash, const char *password)
{
	return hash->scheme->reads == 0 || strlen(password) <= hash->scheme->reads;
}

bool
scheme_is_weak(const char *name)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (strcmp(schemes[i].name, name) == 0)
			return schemes[i].is_weak;
	return false;
}
