/* session: shows what is signed in, and ends it. */
#include "account/session.h"

#include <string.h>

#include "account/end.h"
#include "account/grant.h"

/* Reads what may be an id. */
static bool
read_id(const char *text, unsigned char id[GRANTS_ID_LEN])
{
	size_t len = 0;

	return text_decode_base64(BASE64_URL, text, strlen(text), id, GRANTS_ID_LEN, &len) ==
	    ERR_OK && len == GRANTS_ID_LEN;
}

struct listing {
	const struct config *config;
	session_visit *visit;
	void *arg;
};

static void
visit_grant(const struct grant *grant, const struct user *user, void *arg)
{
	const struct listing *listing = arg;
	struct session session = {
		.kind = "program", .username = user->username, .client_id = grant->client_id,
		.scope = grant->scope, .network = grant->network, .agent = grant->agent,
		.created_at = grant->created_at, .used_at = grant->rotated_at,
		.expires_at = grant_ends_at(listing->config, grant),
	};

	(void)text_encode_base64(BASE64_URL, grant->id, GRANTS_ID_LEN, session.id);
	listing->visit(&session, listing->arg);
}

enum err
session_list(struct context *context, const struct user *user, const char *after, int64_t limit,
    session_visit *visit, void *arg)
{
	const struct config *config = context->service->config;
	struct listing listing = { .config = config, .visit = visit, .arg = arg };
	unsigned char id[GRANTS_ID_LEN];
	const struct grants_list list = {
		.user_id = user != NULL ? user->id : 0, .after = after != NULL ? id : NULL,
		.limit = limit, .now = context->now, .idle = config->refresh_token_idle,
	};

	if (after != NULL && !read_id(after, id))
		return ERR_REFUSED;
	return grants_list(context->service->db, &list, visit_grant, &listing);
}

enum err
session_end(struct context *context, const struct user *user, const char *id,
    struct user **owner)
{
	unsigned char gid[GRANTS_ID_LEN];
	struct grant *grant = NULL;	/* owned */
	bool is_done = false;
	enum err err;

	*owner = NULL;
	if (!read_id(id, gid))
		return ERR_OK;
	err = grants_find(context->service->db, gid, &grant, owner);
	if (err == ERR_OK && *owner != NULL && (user == NULL || user->id == (*owner)->id))
		err = end_grant(context, *owner, gid, "signed out", &is_done);
	if (!is_done) {
		user_free(*owner);
		*owner = NULL;
	}
	grant_free(grant);
	return err;
}
