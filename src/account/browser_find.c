/* browser_find: finds out whose a cookie is. A process that only checks links this alone. */
#include "account/browser.h"

#include <openssl/evp.h>
#include <string.h>

#include "account/browser_internal.h"
#include "base/secret.h"
#include "store/seen.h"

bool
browser_read_cookie(const char *cookie, unsigned char digest[SESSIONS_DIGEST_LEN])
{
	unsigned char secret[BROWSER_SECRET_LEN];
	size_t len = 0;
	bool is_read;

	if (cookie == NULL || strlen(cookie) != BROWSER_COOKIE_LEN)
		return false;
	is_read = text_decode_base64(BASE64_URL, cookie, BROWSER_COOKIE_LEN, secret,
	    sizeof(secret), &len) == ERR_OK && len == sizeof(secret) &&
	    EVP_Digest(cookie, BROWSER_COOKIE_LEN, digest, NULL, EVP_sha256(), NULL) == 1;
	secret_wipe(secret, sizeof(secret));
	return is_read;
}

enum err
browser_find(struct context *context, const char *cookie, enum browser_use use,
    struct browser *browser)
{
	struct service *service = context->service;
	unsigned char digest[SESSIONS_DIGEST_LEN];
	enum err err;

	*browser = (struct browser){0};
	if (!browser_read_cookie(cookie, digest))
		return ERR_OK;
	err = sessions_find(service->db, digest, context->now, &browser->session, &browser->user);
	if (err != ERR_OK || browser->user == NULL)
		return err;
	browser->ends_at = sessions_used_at(browser->session, service->seen) +
	    browser->session->idle;
	if (!browser->user->is_active || browser->ends_at <= context->now) {
		browser_clear(browser);
		return ERR_OK;
	}
	if (use == BROWSER_USE_NOTED && service->seen != NULL) {
		seen_note(service->seen, browser->session->id, context->now);
		browser->ends_at = context->now + browser->session->idle;
	}
	if (browser->ends_at > browser->session->expires_at)
		browser->ends_at = browser->session->expires_at;
	(void)text_encode_base64(BASE64_URL, browser->session->digest, SESSIONS_ID_LEN,
	    browser->id);
	return ERR_OK;
}

void
browser_clear(struct browser *browser)
{
	sessions_row_free(browser->session);
	user_free(browser->user);
	*browser = (struct browser){0};
}
