/* browser: signs a browser in, and signs it out. */
#include "account/browser.h"

#include <stddef.h>

#include "account/audit.h"
#include "account/browser_internal.h"
#include "account/end.h"
#include "account/message.h"
#include "base/log.h"
#include "base/network.h"
#include "base/secret.h"
#include "text/agent.h"

/* Makes a cookie, which has one spelling. */
static enum err
make_cookie(char cookie[BROWSER_COOKIE_SIZE])
{
	unsigned char secret[BROWSER_SECRET_LEN];
	enum err err = secret_random(secret, sizeof(secret));

	cookie[0] = '\0';
	if (err == ERR_OK)
		(void)text_encode_base64(BASE64_URL, secret, sizeof(secret), cookie);
	secret_wipe(secret, sizeof(secret));
	return err;
}

/* Who signs in for the first time knows of it. */
static enum message_kind
choose_message(const struct context *context, const struct user *user)
{
	return context->service->config->notify_new_browser && context->is_network_new &&
	    user->last_sign_in_at != 0 ? MESSAGE_NEW_BROWSER : MESSAGE_NONE;
}

static enum err
store(struct context *context, const struct user *user, struct sessions_row *session,
    const unsigned char *replaced)
{
	struct audit_author author;
	struct message_draft draft;
	const struct audits_row row = audit_describe(context, user, "sign-in", "browser", &author);
	struct sessions_terms terms = {
		.signed_out_at = user->signed_out_at, .replaced = replaced,
		.seen = context->service->seen, .sign_in = &row,
	};
	int64_t made_room = 0;
	enum err err = message_draft(context, choose_message(context, user), user, &draft);

	terms.message = draft.message;
	if (err == ERR_OK)
		err = sessions_add(context->service->db, session, &terms, &made_room);

	if (made_room > 0)
		audit_user(context, "session ended", user, "room");
	if (err == ERR_OK)
		message_note(context, terms.message);
	if (err != ERR_NO_USER)
		return err;
	/* What was right when the password was looked at is so no longer. */
	audit_refusal(context, user, "signed_out_meanwhile");
	return ERR_CREDENTIALS;
}

enum err
browser_begin(struct context *context, const struct user *user, bool is_remembered,
    const char *old, char cookie[BROWSER_COOKIE_SIZE], long *max_age)
{
	const struct config *config = context->service->config;
	const long ttl = is_remembered ? config->remembered_ttl : config->session_ttl;
	unsigned char replaced[SESSIONS_DIGEST_LEN];
	char network[NETWORK_SIZE], agent[AGENT_SIZE];
	struct sessions_row session = {
		.user_id = user->id, .created_at = context->now, .network = network,
		.agent = agent, .expires_at = context->now + ttl,
		.idle = is_remembered ? config->remembered_idle : config->session_idle,
	};
	enum err err = make_cookie(cookie);

	*max_age = is_remembered ? ttl : 0;
	network_coarse_of(context->client, network);
	agent_name(context->agent, agent);
	if (err == ERR_OK && !browser_read_cookie(cookie, session.digest))
		err = ERR_MEMORY;
	if (err == ERR_OK)
		err = store(context, user, &session,
		    browser_read_cookie(old, replaced) ? replaced : NULL);
	if (err != ERR_OK)
		secret_wipe(cookie, BROWSER_COOKIE_SIZE);
	return err;
}

enum err
browser_end(struct context *context, const char *cookie)
{
	unsigned char digest[SESSIONS_DIGEST_LEN];
	struct browser browser = {0};	/* owned */
	bool is_done;
	enum err err;

	if (!browser_read_cookie(cookie, digest))
		return ERR_OK;
	/* Also one that has been left alone for too long: it should not stand there. */
	err = sessions_find(context->service->db, digest, context->now, &browser.session,
	    &browser.user);
	if (err == ERR_OK && browser.user != NULL)
		err = end_own_session(context, browser.user, digest, &is_done);
	browser_clear(&browser);
	return err;
}

enum err
browser_end_all(struct context *context, const char *cookie)
{
	struct browser browser;		/* owned */
	enum err err = browser_find(context, cookie, BROWSER_USE_NOT_NOTED, &browser);

	if (err == ERR_OK && browser.user != NULL)
		err = end_all(context, browser.user, &(struct end_change){
			.event = "signed out", .reason = "signed out",
			.told = "sign-out", .told_detail = "everywhere" });
	browser_clear(&browser);
	return err;
}
