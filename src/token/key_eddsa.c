/* key_eddsa: Ed25519 (RFC 8037, section 3.1). */
#include <errno.h>
#include <string.h>

#include "token/key_evp.h"

enum { PUBLIC_LEN = 32, SIGNATURE_LEN = 64 };	/* bytes */

/*
 * There is one curve of this type, and any 32 bytes are a key. But a signature is wrong to OpenSSL
 * where it cannot have its digest; and when memory was out while OpenSSL looked at what it has,
 * it never can.
 */
static const char *
prepare(EVP_PKEY *pkey)
{
	EVP_MD *digest = EVP_MD_fetch(NULL, "SHA512", NULL);	/* owned; OpenSSL keeps it, too */
	const bool is_there = digest != NULL;

	(void)pkey;
	EVP_MD_free(digest);
	return is_there ? NULL : strerror(ENOMEM);
}

static const struct key_evp_kind kind = {
	.type = "ED25519",
	.signature_len = SIGNATURE_LEN,
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
	return key_evp_take(&kind, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), material);
}

static bool
add_members(const struct key_material *material, struct json_object *jwk)
{
	unsigned char bytes[PUBLIC_LEN];
	size_t len = sizeof(bytes);

	return EVP_PKEY_get_raw_public_key(key_evp_pkey(material), bytes, &len) == 1 &&
	    key_evp_add_text(jwk, "crv", "Ed25519") && key_evp_add_text(jwk, "kty", "OKP") &&
	    key_evp_add_bytes(jwk, "x", bytes, len);
}

const struct key_algorithm key_eddsa = {
	.name = "EdDSA",
	.read = read_half,
	.generate = generate,
	.add_members = add_members,
	KEY_EVP_COMMON,
};
