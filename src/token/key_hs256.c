/*
 * key_hs256: HMAC with SHA-256 (RFC 7518, section 3.2), the tutorial's algorithm.
 *
 * libjwt signs. It does not check: it reads the claims as JSON before it looks at the signature,
 * as deep as they go, and beyond the end of an empty segment. So OpenSSL makes the MAC of the text
 * as it came, and what libjwt signs is seen by another eye.
 */
#include <errno.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "token/key_internal.h"
#include "token/known_secret.h"

enum { SIGNATURE_LEN = 32, NEW_SECRET_LEN = 32 };	/* bytes */

_Static_assert((int)SIGNATURE_LEN <= (int)KEY_SIGNATURE_MAX, "a signature has room");

/* What the tutorial's libraries write: python-jose and PyJWT, in either order. */
static const char *const tutorial_headers[] = {
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",		/* {"alg":"HS256","typ":"JWT"} */
	"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9",		/* {"typ":"JWT","alg":"HS256"} */
	NULL,
};

struct key_material {
	EVP_MAC_CTX *mac;		/* owned: has the secret, copied for each token */
	size_t secret_len;
	unsigned char secret[];		/* for libjwt, which takes nothing prepared */
};

static const char *
find_fault(const char *secret, size_t len)
{
	if (len < KEY_SECRET_MIN)
		return "shorter than 32 bytes; make a longer one";
	if (len > KEY_SECRET_MAX)
		return "longer than 1024 bytes; make a shorter one";
	for (size_t i = 0; i < len; i++)
		if (secret[i] < 0x20 || secret[i] > 0x7e)
			return "not one line of printable ASCII; write the secret alone";
	return known_secret_find_fault(secret, len);
}

/* Returns a MAC that has the secret; NULL on failure. Owned: EVP_MAC_CTX_free(), which wipes. */
static EVP_MAC_CTX *
new_mac(const char *secret, size_t len)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);	/* owned, shared with mac */
	EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);

	if (mac != NULL && EVP_MAC_init(mac, (const unsigned char *)secret, len, params) != 1) {
		EVP_MAC_CTX_free(mac);
		mac = NULL;
	}
	EVP_MAC_free(hmac);
	return mac;
}

static struct key_material *
new_material(const char *secret, size_t len)
{
	struct key_material *material = malloc(sizeof(*material) + len);

	if (material == NULL)
		return NULL;
	if ((material->mac = new_mac(secret, len)) == NULL) {
		free(material);
		return NULL;
	}
	material->secret_len = len;
	memcpy(material->secret, secret, len);
	return material;
}

static void
free_material(struct key_material *material)
{
	if (material == NULL)
		return;
	EVP_MAC_CTX_free(material->mac);
	secret_wipe(material->secret, material->secret_len);
	free(material);
}

static struct key_material *
copy_material(const struct key_material *material)
{
	return new_material((const char *)material->secret, material->secret_len);
}

static bool
is_same(const struct key_material *a, const struct key_material *b)
{
	return a->secret_len == b->secret_len &&
	    secret_equal(a->secret, b->secret, b->secret_len);
}

static const char *
read_secret(const char *text, size_t len, enum key_half half, struct key_material **material)
{
	const char *fault = find_fault(text, len);

	(void)half;
	*material = NULL;
	if (fault == NULL && (*material = new_material(text, len)) == NULL)
		fault = "not enough memory";
	return fault;
}

/* Writes random bytes in hex. */
static enum err
generate(struct key_material **material)
{
	unsigned char bytes[NEW_SECRET_LEN];		/* secret */
	char hex[2 * NEW_SECRET_LEN + 1] = "";		/* secret */
	enum err err = secret_random(bytes, sizeof(bytes));

	*material = NULL;
	for (size_t i = 0; err == ERR_OK && i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, sizeof("ff"), "%02x", (unsigned)bytes[i]);
	if (err == ERR_OK && (*material = new_material(hex, sizeof(hex) - 1)) == NULL)
		err = ERR_MEMORY;
	secret_wipe(bytes, sizeof(bytes));
	secret_wipe(hex, sizeof(hex));
	return err;
}

static enum err
write_secret(const struct key_material *material, enum key_half half, char **text)
{
	(void)half;
	*text = malloc(material->secret_len + 2);
	if (*text == NULL)
		return ERR_MEMORY;
	memcpy(*text, material->secret, material->secret_len);
	memcpy(*text + material->secret_len, "\n", 2);
	return ERR_OK;
}

static size_t
signature_len(const struct key_material *material)
{
	(void)material;
	return SIGNATURE_LEN;
}

/* Gives draft its claims and its key; returns 0 or an errno. */
static int
fill(jwt_t *draft, const struct key_material *material, const char *kid, const char *claims)
{
	int error;

	if ((error = jwt_add_grants_json(draft, claims)) != 0)
		return error;
	if ((error = jwt_add_header(draft, "kid", kid)) != 0)
		return error;
	return jwt_set_alg(draft, JWT_ALG_HS256, material->secret, (int)material->secret_len);
}

static enum err
sign(const struct key_material *material, const char *kid, const char *header, const char *claims,
    char **jwt)
{
	jwt_t *draft = NULL;	/* owned, jwt_free() */
	int error;

	(void)header;	/* libjwt writes the same */
	*jwt = NULL;
	if ((error = jwt_new(&draft)) != 0)
		goto out;
	if ((error = fill(draft, material, kid, claims)) != 0)
		goto out;
	errno = 0;
	if ((*jwt = jwt_encode_str(draft)) == NULL)
		error = errno != 0 ? errno : EINVAL;
out:
	if (error != 0)
		log_event(LEVEL_ERROR, "cannot issue a token",
		    LOG_TEXT("reason", strerror(error)));
	jwt_free(draft);
	if (error == ENOMEM)
		return ERR_MEMORY;
	return error == 0 ? ERR_OK : ERR_INTERNAL;
}

static enum err
check(const struct key_material *material, const char *text, size_t text_len,
    const unsigned char *signature)
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(material->mac);	/* owned, secret */
	unsigned char expected[SIGNATURE_LEN];			/* secret: it would sign text */
	enum err err = ERR_MEMORY;				/* all that can fail here */
	size_t len;

	if (mac != NULL && EVP_MAC_update(mac, (const unsigned char *)text, text_len) == 1 &&
	    EVP_MAC_final(mac, expected, &len, sizeof(expected)) == 1 && len == sizeof(expected))
		err = secret_equal(expected, signature, sizeof(expected)) ? ERR_OK : ERR_TOKEN;
	EVP_MAC_CTX_free(mac);
	secret_wipe(expected, sizeof(expected));
	return err;
}

const struct key_algorithm key_hs256 = {
	.name = "HS256",
	.typ = "JWT",
	.is_asymmetric = false,
	.foreign_headers = tutorial_headers,
	.read = read_secret,
	.generate = generate,
	.write = write_secret,
	.free_material = free_material,
	.copy_material = copy_material,
	.is_same = is_same,
	.signature_len = signature_len,
	.sign = sign,
	.check = check,
};
