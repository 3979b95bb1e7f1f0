/* link_add: makes the secret of a link. For whoever delivers messages, nothing else is linked. */
#include "account/link.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "account/audit.h"
#include "account/link_internal.h"
#include "base/secret.h"
#include "config/public_url.h"

static const char *const kinds[LINK_KINDS] = {
	[LINK_PASSWORD] = "link", [LINK_INVITATION] = "invitation",
};

const char *
link_kind_name(enum link_kind kind)
{
	return kinds[kind];
}

long
link_ttl(const struct config *config, enum link_kind kind)
{
	return kind == LINK_INVITATION ? config->invitation_ttl : config->link_ttl;
}

bool
link_address(const struct config *config, const char *token, char address[LINK_ADDRESS_SIZE])
{
	const char *url = public_url_get(config);
	const int len = url == NULL ? -1
	    : snprintf(address, LINK_ADDRESS_SIZE, "%s/link?token=%s", url, token);

	return len > 0 && len < LINK_ADDRESS_SIZE;
}

bool
link_read_token(const char *token, unsigned char digest[TICKETS_DIGEST_LEN])
{
	unsigned char secret[LINK_SECRET_LEN];
	size_t len = 0;
	bool is_read;

	if (strlen(token) != LINK_TOKEN_LEN)
		return false;
	is_read = text_decode_base64(BASE64_URL, token, LINK_TOKEN_LEN, secret,
	    sizeof(secret), &len) == ERR_OK && len == sizeof(secret) &&
	    EVP_Digest(secret, sizeof(secret), digest, NULL, EVP_sha256(), NULL) == 1;
	secret_wipe(secret, sizeof(secret));
	return is_read;
}

static enum err
draw_token(char token[LINK_TOKEN_SIZE], unsigned char digest[TICKETS_DIGEST_LEN])
{
	unsigned char secret[LINK_SECRET_LEN];
	enum err err = secret_random(secret, sizeof(secret));

	if (err == ERR_OK)
		(void)text_encode_base64(BASE64_URL, secret, sizeof(secret), token);
	secret_wipe(secret, sizeof(secret));
	return err == ERR_OK && !link_read_token(token, digest) ? ERR_MEMORY : err;
}

enum err
link_add(struct db_connection *connection, const struct context *context,
    const struct user *user, enum link_kind kind, char token[LINK_TOKEN_SIZE])
{
	unsigned char digest[TICKETS_DIGEST_LEN];
	const struct tickets_row row = {
		.digest = digest, .kind = kinds[kind], .user_id = user->id,
		.expires_at = context->now + link_ttl(context->service->config, kind),
	};
	struct audit_author author;
	struct audits_row made = audit_describe(context, user, "link made", kinds[kind], &author);
	enum err err = draw_token(token, digest);

	/* Anybody may ask for a message with a link: that was not the user, as far as is known. */
	if (context->operator == NULL)
		made.actor = "";
	if (err == ERR_OK)
		err = tickets_add(connection, &row);
	return err == ERR_OK ? audits_add(connection, &made) : err;
}
