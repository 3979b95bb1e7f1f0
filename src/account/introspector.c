/* introspector: the credentials of services that may ask what a token is good for. */
#include "account/introspector.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "account/audit.h"
#include "base/secret.h"
#include "store/introspectors.h"

static enum err
make_digest(const char *secret, unsigned char digest[INTROSPECTORS_DIGEST_LEN])
{
	/* Nothing but a lack of memory can make it fail. */
	return EVP_Digest(secret, strlen(secret), digest, NULL, EVP_sha256(), NULL) == 1
	    ? ERR_OK : ERR_MEMORY;
}

enum err
introspector_check(struct context *context, const char *name, const char *secret)
{
	unsigned char stored[INTROSPECTORS_DIGEST_LEN], shown[INTROSPECTORS_DIGEST_LEN];
	bool is_there, is_right;
	enum err err;

	if ((err = make_digest(secret, shown)) != ERR_OK)
		return err;
	if ((err = introspectors_find(context->service->db, name, stored, &is_there)) != ERR_OK)
		return err;
	is_right = secret_equal(stored, shown, sizeof(stored));
	if (is_there && is_right)
		return ERR_OK;
	audit_introspector_refusal(context);
	return ERR_CLIENT;
}

static bool
is_name(const char *name)
{
	const size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-");

	return len > 0 && len <= INTROSPECTOR_NAME_MAX && name[len] == '\0';
}

enum err
introspector_add(struct context *context, const char *name, char secret[INTROSPECTOR_SECRET_SIZE])
{
	unsigned char random[INTROSPECTOR_SECRET_LEN], digest[INTROSPECTORS_DIGEST_LEN];
	enum err err;

	if (!is_name(name))
		return ERR_REFUSED;
	if ((err = secret_random(random, sizeof(random))) != ERR_OK)
		return err;
	(void)text_encode_base64(BASE64_URL, random, sizeof(random), secret);
	secret_wipe(random, sizeof(random));
	if ((err = make_digest(secret, digest)) == ERR_OK)
		err = introspectors_add(context->service->db, name, digest, context->now);
	if (err == ERR_OK)
		audit_introspector(context, "introspection credential added", name);
	else
		secret_wipe(secret, INTROSPECTOR_SECRET_SIZE);
	return err;
}

enum err
introspector_list(struct context *context,
    void (*visit)(const char *name, int64_t created_at, void *arg), void *arg)
{
	return introspectors_list(context->service->db, visit, arg);
}

enum err
introspector_remove(struct context *context, const char *name)
{
	bool is_done;
	enum err err = introspectors_remove(context->service->db, name, &is_done);

	if (err != ERR_OK)
		return err;
	if (!is_done)
		return ERR_CLIENT;
	audit_introspector(context, "introspection credential removed", name);
	return ERR_OK;
}
