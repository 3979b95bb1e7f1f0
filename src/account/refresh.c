/* refresh: trades a refresh token for an access token. */
#include "account/refresh.h"

#include <string.h>

#include "account/audit.h"
#include "account/message.h"
#include "account/metrics.h"
#include "account/refresh_judge.h"
#include "base/log.h"
#include "base/secret.h"

enum { TRIES = 4 };	/* of reading a grant, deciding, and writing what was decided */

_Static_assert((int)REFRESH_TOKEN_GID_LEN == (int)GRANTS_ID_LEN &&
    (int)REFRESH_TOKEN_DIGEST_LEN == (int)GRANTS_DIGEST_LEN &&
    (int)REFRESH_TOKEN_SALT_LEN == (int)GRANTS_SALT_LEN, "what is made of a token can be stored");

/* A use of a refresh token. */
struct use {
	struct context *context;	/* borrowed */
	struct refresh_token shown;	/* secret */
	unsigned char id[REFRESH_TOKEN_GID_LEN];	/* of the grant */
	unsigned char digest[REFRESH_TOKEN_DIGEST_LEN];	/* of what was shown */
	struct grant *grant;		/* owned: as it was read; NULL: there is none */
	struct user *user;		/* owned: whose it is */
	const char *requested;		/* borrowed: scope; NULL: none */
};

static enum err
refuse(const struct use *use, const char *reason)
{
	metrics_count(use->context->service, METRIC_REFRESHES, "refused");
	audit_refresh_refusal(use->context, use->user, reason);
	return ERR_REFRESH_TOKEN;
}

/* Reads what was shown: its form, then what is made of it. */
static enum err
read_token(struct use *use, const char *text)
{
	enum err err;

	if (!refresh_token_parse(text, &use->shown))
		return refuse(use, "malformed_token");
	if ((err = refresh_token_gid(&use->shown, use->id)) != ERR_OK)
		return err;
	return refresh_token_digest(&use->shown, use->digest);
}

static void
forget_grant(struct use *use)
{
	grant_free(use->grant);
	user_free(use->user);
	use->grant = NULL;
	use->user = NULL;
}

/* Reads the grant, anew each time, and checks that it is alive. */
static enum err
find_grant(struct use *use)
{
	enum err err;

	forget_grant(use);
	err = grants_find(use->context->service->db, use->id, &use->grant, &use->user);
	if (err != ERR_OK)
		return err;
	if (use->grant == NULL)
		return refuse(use, "unknown_token");
	if (!grant_is_alive(use->context, use->grant, use->user))
		return refuse(use, use->user->is_active ? "ended" : "inactive_user");
	return ERR_OK;
}

static enum refresh_verdict
judge(const struct use *use)
{
	const struct grant *grant = use->grant;
	const bool is_current = secret_equal(use->digest, grant->current, sizeof(use->digest));
	const bool is_previous = secret_equal(use->digest, grant->previous, sizeof(use->digest));
	const struct refresh_case found = {
		.shown = is_current ? REFRESH_SHOWN_CURRENT
		    : is_previous ? REFRESH_SHOWN_PREVIOUS : REFRESH_SHOWN_OTHER,
		.age = use->context->now - grant->rotated_at,
		.run = grant->run,
		.is_counted = grant->is_counted,
		.rotates = true,	/* there are no confidential clients yet */
	};

	return refresh_judge(use->context->service->config, &found);
}

/* Ends a grant that two have, unless it has changed since it was read. */
static enum err
end_for_reuse(const struct use *use, bool *is_done)
{
	const struct grant *grant = use->grant;
	char network[NETWORK_SIZE];
	struct message_draft draft;
	struct grants_ending ending = {
		.now = use->context->now, .event = "reuse", .reason = "reuse", .actor = "",
		.network = network, .detail = grant->network,
	};
	enum err err = message_draft(use->context, MESSAGE_REUSE, use->user, &draft);

	if (err != ERR_OK)
		return err;
	ending.message = draft.message;
	network_coarse_of(use->context->client, network);
	err = grants_end_as_read(use->context->service->db, grant, &ending, is_done);
	if (err != ERR_OK || !*is_done)
		return err;
	message_note(use->context, ending.message);
	audit_reuse(use->context, use->user, grant);
	return ERR_REFRESH_TOKEN;
}

/* Replaces the current token, which was shown, by its successor. */
static enum err
rotate(const struct use *use, struct refresh_token *given, bool *is_done)
{
	unsigned char salt[REFRESH_TOKEN_SALT_LEN], next[REFRESH_TOKEN_DIGEST_LEN];
	enum err err;

	if ((err = secret_random(salt, sizeof(salt))) != ERR_OK)
		return err;
	if ((err = refresh_token_succeed(&use->shown, salt, given)) != ERR_OK)
		return err;
	if ((err = refresh_token_digest(given, next)) != ERR_OK)
		return err;
	return grants_rotate(use->context->service->db, use->id, use->digest, next, salt,
	    use->context->now, is_done);
}

/* Makes the current token anew from the one before, which was shown. */
static enum err
recompute(const struct use *use, struct refresh_token *given)
{
	unsigned char digest[REFRESH_TOKEN_DIGEST_LEN];
	enum err err;

	if ((err = refresh_token_succeed(&use->shown, use->grant->salt, given)) != ERR_OK)
		return err;
	if ((err = refresh_token_digest(given, digest)) != ERR_OK)
		return err;
	if (secret_equal(digest, use->grant->current, sizeof(digest)))
		return ERR_OK;
	/* It would be a token that nobody can use. */
	log_event(LEVEL_ERROR, "a grant is damaged: its salt does not make its token",
	    LOG_NUMBER("uid", use->user->id));
	return ERR_STORAGE;
}

/* Does what a verdict says. Unless *is_done, the grant has changed since it was read. */
static enum err
carry_out(const struct use *use, enum refresh_verdict verdict, struct refresh_token *given,
    bool *is_done)
{
	enum err err;

	*is_done = true;
	switch (verdict) {
	case REFRESH_ROTATE:
		return rotate(use, given, is_done);
	case REFRESH_SAME:
		*given = use->shown;
		return ERR_OK;
	case REFRESH_AGAIN:
		return recompute(use, given);
	case REFRESH_COUNT:
		if ((err = recompute(use, given)) != ERR_OK)
			return err;
		return grants_count(use->context->service->db, use->id,
		    use->grant->generation, use->context->now, is_done);
	case REFRESH_REUSE:
		return end_for_reuse(use, is_done);
	}
	return ERR_INTERNAL;
}

/* Makes the access token, before anything is written: a failure is to change nothing. */
static enum err
issue(const struct use *use, enum refresh_verdict verdict, struct grant_tokens *tokens)
{
	struct context *context = use->context;
	struct grant grant = *use->grant;
	enum err err;

	if (verdict == REFRESH_REUSE)
		return ERR_OK;
	/* Reuse comes before scope: a thief may ask for what he likes. */
	if ((err = grant_narrow_scope(context->service->config, use->user, &grant,
	    use->requested, tokens->scope)) != ERR_OK)
		return err;
	if (verdict == REFRESH_ROTATE || verdict == REFRESH_COUNT)
		grant.rotated_at = context->now;
	return grant_issue_token(context, &grant, use->user, tokens);
}

static void
count_verdict(const struct use *use, enum refresh_verdict verdict)
{
	static const char *const words[] = {
		[REFRESH_ROTATE] = "rotated", [REFRESH_SAME] = "same", [REFRESH_AGAIN] = "again",
		[REFRESH_COUNT] = "again_counted", [REFRESH_REUSE] = "reuse",
	};

	metrics_count(use->context->service, METRIC_REFRESHES, words[verdict]);
}

/* Decides once. Unless *is_done, the grant has changed since it was read. */
static enum err
decide(struct use *use, struct grant_tokens *tokens, bool *is_done)
{
	static const char *const words[] = {
		[REFRESH_ROTATE] = "rotated", [REFRESH_SAME] = "same", [REFRESH_AGAIN] = "again",
		[REFRESH_COUNT] = "again, counted", [REFRESH_REUSE] = "reuse",
	};
	const enum refresh_verdict verdict = judge(use);
	struct refresh_token given = {0};	/* secret */
	enum err err;

	if ((err = issue(use, verdict, tokens)) != ERR_OK)
		goto out;
	err = carry_out(use, verdict, &given, is_done);
	if (*is_done && (err == ERR_OK || err == ERR_REFRESH_TOKEN))
		count_verdict(use, verdict);
	if (err != ERR_OK || !*is_done)
		goto out;
	refresh_token_format(&given, tokens->refresh_token);
	audit_user(use->context, "refreshed", use->user, words[verdict]);
out:
	refresh_token_clear(&given);
	if (err != ERR_OK || !*is_done)
		grant_tokens_clear(tokens);
	return err;
}

enum err
refresh_use(struct context *context, const char *refresh_token, const char *requested,
    struct grant_tokens *tokens)
{
	struct use use = { .context = context, .requested = requested };
	bool is_done = false;
	enum err err;

	*tokens = (struct grant_tokens){0};
	if (requested != NULL && !scope_is_valid(requested))
		return ERR_SCOPE;
	err = read_token(&use, refresh_token);
	for (int i = 0; err == ERR_OK && !is_done && i < TRIES; i++)
		if ((err = find_grant(&use)) == ERR_OK)
			err = decide(&use, tokens, &is_done);
	forget_grant(&use);
	secret_wipe(&use, sizeof(use));
	return err == ERR_OK && !is_done ? ERR_CONFLICT : err;
}
