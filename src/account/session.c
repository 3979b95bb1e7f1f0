/* session: shows what is signed in, and ends it. */
#include "account/session.h"

#include <stdlib.h>
#include <string.h>

#include "account/end.h"
#include "account/grant.h"
#include "store/sessions.h"

_Static_assert((int)GRANTS_ID_LEN == (int)SESSIONS_ID_LEN, "ids have other lengths");

bool
session_read_id(const char *text, unsigned char id[GRANTS_ID_LEN])
{
	size_t len = 0;

	return text_decode_base64(BASE64_URL, text, strlen(text), id, GRANTS_ID_LEN, &len) ==
	    ERR_OK && len == GRANTS_ID_LEN;
}

struct listing {
	const struct service *service;
	int64_t left;			/* to be visited */
	session_visit *visit;
	void *arg;
};

static void
visit_browser(const struct sessions_row *row, const struct user *user, void *arg)
{
	struct listing *listing = arg;
	struct session session = {
		.kind = "browser", .username = user->username, .client_id = "", .scope = "",
		.network = row->network, .agent = row->agent, .created_at = row->created_at,
		.used_at = sessions_used_at(row, listing->service->seen),
	};

	session.expires_at = session.used_at + row->idle;
	if (session.expires_at > row->expires_at)
		session.expires_at = row->expires_at;
	(void)text_encode_base64(BASE64_URL, row->digest, SESSIONS_ID_LEN, session.id);
	listing->left--;
	listing->visit(&session, listing->arg);
}

static void
visit_program(const struct grant *grant, const struct user *user, void *arg)
{
	struct listing *listing = arg;
	struct session session = {
		.kind = "program", .username = user->username, .client_id = grant->client_id,
		.scope = grant->scope, .network = grant->network, .agent = grant->agent,
		.created_at = grant->created_at, .used_at = grant->rotated_at,
		.expires_at = grant_ends_at(listing->service->config, grant),
	};

	(void)text_encode_base64(BASE64_URL, grant->id, GRANTS_ID_LEN, session.id);
	listing->left--;
	listing->visit(&session, listing->arg);
}

/* Returns ERR_REFUSED where no browser has the id `after`. */
static enum err
list_browsers(const struct context *context, int64_t user_id, const unsigned char *after,
    struct listing *listing)
{
	const struct sessions_list list = {
		.user_id = user_id, .after = after, .limit = listing->left, .now = context->now,
		.seen = listing->service->seen,
	};

	return sessions_list(listing->service->db, &list, visit_browser, listing);
}

static enum err
list_programs(const struct context *context, int64_t user_id, const unsigned char *after,
    struct listing *listing)
{
	const struct grants_list list = {
		.user_id = user_id, .after = after, .limit = listing->left, .now = context->now,
		.idle = listing->service->config->refresh_token_idle,
	};

	return grants_list(listing->service->db, &list, visit_program, listing);
}

enum err
session_list(struct context *context, const struct user *user, const char *after, int64_t limit,
    session_visit *visit, void *arg)
{
	const int64_t user_id = user != NULL ? user->id : 0;
	struct listing listing = { context->service, limit, visit, arg };
	unsigned char id[GRANTS_ID_LEN];
	enum err err;

	if (after != NULL && !session_read_id(after, id))
		return ERR_REFUSED;
	err = list_browsers(context, user_id, after != NULL ? id : NULL, &listing);
	if (err == ERR_REFUSED)
		return list_programs(context, user_id, id, &listing);
	if (err != ERR_OK || listing.left == 0)
		return err;
	return list_programs(context, user_id, NULL, &listing);
}

/* The browsers of a user, who has SESSIONS_MAX at most, while the programs are visited. */
struct merging {
	struct session browsers[SESSIONS_MAX];	/* their texts are owned, but for username */
	size_t count, next;
	bool is_whole;			/* false: memory was out, and something is missing */
	session_visit *visit;
	void *arg;
};

static void
keep_browser(const struct session *session, void *arg)
{
	struct merging *merging = arg;
	struct session *kept = &merging->browsers[merging->count];

	*kept = *session;
	kept->network = strdup(session->network);
	kept->agent = strdup(session->agent);
	if (kept->network == NULL || kept->agent == NULL)
		merging->is_whole = false;
	merging->count++;
}

/* Visits the browsers that are next and not older than that. */
static void
visit_browsers(struct merging *merging, int64_t created_at)
{
	while (merging->next < merging->count &&
	    merging->browsers[merging->next].created_at >= created_at)
		merging->visit(&merging->browsers[merging->next++], merging->arg);
}

static void
visit_between(const struct session *session, void *arg)
{
	struct merging *merging = arg;

	visit_browsers(merging, session->created_at);
	merging->visit(session, merging->arg);
}

static enum err
merge(struct context *context, const struct user *user, struct merging *merging)
{
	struct listing browsers = { context->service, SESSIONS_MAX, keep_browser, merging };
	struct listing programs = { context->service, INT64_MAX, visit_between, merging };
	enum err err = list_browsers(context, user->id, NULL, &browsers);

	if (err == ERR_OK && !merging->is_whole)
		err = ERR_MEMORY;
	for (size_t i = 0; i < merging->count; i++)
		merging->browsers[i].username = user->username;
	if (err == ERR_OK)
		err = list_programs(context, user->id, NULL, &programs);
	if (err == ERR_OK)
		visit_browsers(merging, INT64_MIN);
	return err;
}

enum err
session_list_newest(struct context *context, const struct user *user, session_visit *visit,
    void *arg)
{
	struct merging merging = { .is_whole = true, .visit = visit, .arg = arg };
	enum err err = merge(context, user, &merging);

	for (size_t i = 0; i < merging.count; i++) {
		free((char *)(uintptr_t)merging.browsers[i].network);
		free((char *)(uintptr_t)merging.browsers[i].agent);
	}
	return err;
}

typedef enum err end_one(struct context *context, const struct user *user,
    const unsigned char *id, const char *reason, bool *is_done);

/* Ends one that is known to be *owner's, if that is the user who is meant; else there is none. */
static enum err
end_if_of(struct context *context, const struct user *user, const unsigned char *id,
    end_one *end, struct user **owner)
{
	bool is_done = false;
	enum err err = ERR_OK;

	if (*owner != NULL && (user == NULL || user->id == (*owner)->id))
		err = end(context, *owner, id, "signed out", &is_done);
	if (!is_done) {
		user_free(*owner);
		*owner = NULL;
	}
	return err;
}

static enum err
end_browser(struct context *context, const struct user *user, const unsigned char *id,
    struct user **owner)
{
	struct sessions_row *row = NULL;	/* owned */
	enum err err = sessions_find_by_id(context->service->db, id, context->now, &row, owner);

	if (err == ERR_OK)
		err = end_if_of(context, user, id, end_session, owner);
	sessions_row_free(row);
	return err;
}

static enum err
end_program(struct context *context, const struct user *user, const unsigned char *id,
    struct user **owner)
{
	struct grant *grant = NULL;	/* owned */
	enum err err = grants_find(context->service->db, id, &grant, owner);

	if (err == ERR_OK)
		err = end_if_of(context, user, id, end_grant, owner);
	grant_free(grant);
	return err;
}

enum err
session_end(struct context *context, const struct user *user, const char *id,
    struct user **owner, bool *is_browser)
{
	unsigned char read[GRANTS_ID_LEN];
	enum err err;

	*owner = NULL;
	*is_browser = false;
	if (!session_read_id(id, read))
		return ERR_OK;
	err = end_browser(context, user, read, owner);
	*is_browser = err == ERR_OK && *owner != NULL;
	if (err != ERR_OK || *is_browser)
		return err;
	return end_program(context, user, read, owner);
}
