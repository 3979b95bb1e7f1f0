/* thumbprint: the id of an asymmetric key, worked out from the public key. */
#include "token/thumbprint.h"

#include <json-c/json.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"

enum { DIGEST_LEN = 32 };	/* bytes of SHA-256 */

_Static_assert(BASE64_SIZE(DIGEST_LEN) <= KEY_ID_SIZE, "a thumbprint fits into a key id");

enum err
thumbprint_of(const struct key_algorithm *algorithm, const struct key_material *material,
    char kid[KEY_ID_SIZE])
{
	struct json_object *jwk = json_object_new_object();	/* owned */
	const char *text = NULL;				/* borrowed from jwk */
	unsigned char digest[DIGEST_LEN];
	enum err err = ERR_MEMORY;

	kid[0] = '\0';
	/* The members come in the order of their names, and none has a character to escape. */
	if (jwk != NULL && algorithm->add_members(material, jwk))
		text = json_object_to_json_string_ext(jwk, JSON_C_TO_STRING_PLAIN);
	if (text != NULL &&
	    EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) == 1) {
		(void)text_encode_base64(BASE64_URL, digest, sizeof(digest), kid);
		err = ERR_OK;
	}
	json_object_put(jwk);
	return err;
}
