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

struct change {
	const struct context *context;
	const char *name;
	const unsigned char *digest;
	bool is_done;
};

static enum err
tell(struct db_connection *connection, const struct change *change, const char *event)
{
	struct audit_author author;
	const struct audits_row row = audit_describe(change->context, NULL, event, change->name,
	    &author);

	return audits_add(connection, &row);
}

static enum err
do_add(struct db_connection *connection, void *arg)
{
	const struct change *change = arg;
	enum err err = introspectors_add(connection, change->name, change->digest,
	    change->context->now);

	return err == ERR_OK ? tell(connection, change, "introspection credential added") : err;
}

static enum err
do_remove(struct db_connection *connection, void *arg)
{
	struct change *change = arg;
	enum err err = introspectors_remove(connection, change->name, &change->is_done);

	if (err != ERR_OK || !change->is_done)
		return err;
	return tell(connection, change, "introspection credential removed");
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
		err = db_transact(context->service->db, do_add,
		    &(struct change){ context, name, digest, false });
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
	struct change change = { .context = context, .name = name };
	enum err err = db_transact(context->service->db, do_remove, &change);

	if (err != ERR_OK)
		return err;
	if (!change.is_done)
		return ERR_CLIENT;
	audit_introspector(context, "introspection credential removed", name);
	return ERR_OK;
}
