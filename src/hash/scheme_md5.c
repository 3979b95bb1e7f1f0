/* scheme_md5: hashes of MD5 in many rounds: $apr1$ of Apache's htpasswd, and phpass. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "hash/scheme_internal.h"

enum {
	MD5_LEN = 16,
	DIGEST_LEN = 22,		/* characters */
	APR1_SALT_MAX = 8,
	APR1_ROUNDS = 1000,
	PHPASS_SALT_LEN = 8,
	PHPASS_LOG2_MIN = 7,
	PHPASS_LOG2_MAX = 18,		/* each round hashes all of a password, however long */
};

/* What is hashed at once, as one piece after another; false in is_good stays. */
struct md5 {
	EVP_MD_CTX *context;		/* owned, secret; wiped when it is freed */
	bool is_good;
};

static void
begin(struct md5 *md5)
{
	md5->is_good = md5->is_good && EVP_DigestInit_ex(md5->context, EVP_md5(), NULL) == 1;
}

static void
add(struct md5 *md5, const void *data, size_t len)
{
	md5->is_good = md5->is_good && EVP_DigestUpdate(md5->context, data, len) == 1;
}

static void
end(struct md5 *md5, unsigned char digest[MD5_LEN])
{
	md5->is_good = md5->is_good && EVP_DigestFinal_ex(md5->context, digest, NULL) == 1;
}

/* Writes the low 6 count bits of value, the lowest first. */
static unsigned char *
write64(unsigned char *out, unsigned long value, int count)
{
	for (; count > 0; count--, value >>= 6)
		*out++ = (unsigned char)scheme_text_crypt64[value & 0x3f];
	return out;
}

/* Reads salt$digest. What is hashed in each round depends on the salt's length. */
bool
scheme_md5_parse_apr1(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest;
	size_t len;

	if (!scheme_text_word(&at, 1, APR1_SALT_MAX, &hash->salt_len) ||
	    !scheme_text_skip(&at, "$"))
		return false;
	memcpy(hash->salt, rest, hash->salt_len);
	snprintf(hash->kind, sizeof(hash->kind), "%s%.*s$", scheme->kind, (int)hash->salt_len,
	    "........");
	memcpy(hash->digest, at, strnlen(at, DIGEST_LEN));
	hash->digest_len = DIGEST_LEN;
	return scheme_text_word(&at, DIGEST_LEN, DIGEST_LEN, &len) && *at == '\0';
}

/* The order in which the bytes of the result are written, three at a time. */
static void
write_apr1(const unsigned char md5[MD5_LEN], unsigned char *out)
{
	for (int i = 0; i < 5; i++)
		out = write64(out, (unsigned long)md5[i] << 16 | (unsigned long)md5[i + 6] << 8 |
		    md5[i == 4 ? 5 : i + 12], 4);
	(void)write64(out, md5[11], 2);
}

/* Hashes what the rounds begin with. */
static void
begin_apr1(struct md5 *md5, const struct scheme_hash *hash, const char *password,
    unsigned char result[MD5_LEN])
{
	const size_t len = strlen(password);

	begin(md5);
	add(md5, password, len);
	add(md5, hash->salt, hash->salt_len);
	add(md5, password, len);
	end(md5, result);

	begin(md5);
	add(md5, password, len);
	add(md5, hash->scheme->prefix, strlen(hash->scheme->prefix));
	add(md5, hash->salt, hash->salt_len);
	for (size_t left = len; left > 0; left -= left < MD5_LEN ? left : MD5_LEN)
		add(md5, result, left < MD5_LEN ? left : MD5_LEN);
	for (size_t bits = len; bits > 0; bits >>= 1)
		add(md5, bits & 1 ? "" : password, 1);
	end(md5, result);
}

enum err
scheme_md5_compute_apr1(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	struct md5 md5 = { EVP_MD_CTX_new(), true };
	const size_t len = strlen(password);
	unsigned char result[MD5_LEN] = {0};

	md5.is_good = md5.context != NULL;
	begin_apr1(&md5, hash, password, result);
	for (int i = 0; i < APR1_ROUNDS && md5.is_good; i++) {
		begin(&md5);
		add(&md5, i & 1 ? (const void *)password : result, i & 1 ? len : MD5_LEN);
		if (i % 3 != 0)
			add(&md5, hash->salt, hash->salt_len);
		if (i % 7 != 0)
			add(&md5, password, len);
		add(&md5, i & 1 ? (const void *)result : password, i & 1 ? MD5_LEN : len);
		end(&md5, result);
	}
	write_apr1(result, digest);
	EVP_MD_CTX_free(md5.context);
	secret_wipe(result, sizeof(result));
	return md5.is_good ? ERR_OK : scheme_fail_in_openssl(hash, "MD5 failed");
}

/* Reads B, the logarithm of the rounds, 8 characters of salt and the digest. */
bool
scheme_md5_parse_phpass(const struct scheme *scheme, const char *rest, struct scheme_hash *hash)
{
	const char *at = rest;
	size_t len;
	long log2;

	if (!scheme_text_word(&at, 1 + PHPASS_SALT_LEN + DIGEST_LEN,
	    1 + PHPASS_SALT_LEN + DIGEST_LEN, &len) || *at != '\0')
		return false;
	log2 = strchr(scheme_text_crypt64, *rest) - scheme_text_crypt64;
	if (log2 < PHPASS_LOG2_MIN || log2 > PHPASS_LOG2_MAX)
		return false;
	hash->cost.rounds = 1L << log2;
	snprintf(hash->kind, sizeof(hash->kind), "%s%c", scheme->kind, *rest);
	hash->salt_len = PHPASS_SALT_LEN;
	memcpy(hash->salt, rest + 1, PHPASS_SALT_LEN);
	hash->digest_len = DIGEST_LEN;
	memcpy(hash->digest, rest + 1 + PHPASS_SALT_LEN, DIGEST_LEN);
	return true;
}

static void
write_phpass(const unsigned char md5[MD5_LEN], unsigned char *out)
{
	for (int i = 0; i < 15; i += 3)
		out = write64(out, md5[i] | (unsigned long)md5[i + 1] << 8 |
		    (unsigned long)md5[i + 2] << 16, 4);
	(void)write64(out, md5[15], 2);
}

enum err
scheme_md5_compute_phpass(const struct scheme_hash *hash, const char *password,
    unsigned char digest[SCHEME_DIGEST_MAX])
{
	struct md5 md5 = { EVP_MD_CTX_new(), true };
	const size_t len = strlen(password);
	unsigned char result[MD5_LEN] = {0};

	md5.is_good = md5.context != NULL;
	begin(&md5);
	add(&md5, hash->salt, hash->salt_len);
	add(&md5, password, len);
	end(&md5, result);
	for (long i = 0; i < hash->cost.rounds && md5.is_good; i++) {
		begin(&md5);
		add(&md5, result, MD5_LEN);
		add(&md5, password, len);
		end(&md5, result);
	}
	write_phpass(result, digest);
	EVP_MD_CTX_free(md5.context);
	secret_wipe(result, sizeof(result));
	return md5.is_good ? ERR_OK : scheme_fail_in_openssl(hash, "MD5 failed");
}
