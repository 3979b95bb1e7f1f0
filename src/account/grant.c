/* grant: what a program is given when somebody signs in: a scope, a row, and tokens. */
#include "account/grant.h"

#include <stddef.h>
#include <stdio.h>

#include "account/audit.h"
#include "base/secret.h"
#include "text/agent.h"
#include "token/keyring.h"
#include "token/token.h"

enum err
grant_check_key(struct context *context)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);

	keyring_return(keyring, keys);
	return keys == NULL ? ERR_SETUP : ERR_OK;
}

enum err
grant_issue_token(struct context *context, const struct grant *grant, const struct user *user,
    struct grant_tokens *tokens)
{
	const struct config *config = context->service->config;
	const int64_t end = context->now + config->access_token_ttl;
	const int64_t grant_end = grant_ends_at(config, grant);
	const struct token_subject subject = {
		.uid = user->id, .username = user->username, .scope = tokens->scope,
		.gid = grant->id, .expires_at = grant_end < end ? grant_end : end,
	};
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);
	enum err err;

	/* They may have gone while a password was hashed. */
	if (keys == NULL)
		return ERR_SETUP;
	err = token_issue(config, keys, &subject, context->now, &tokens->jwt);
	keyring_return(keyring, keys);
	tokens->expires_in = subject.expires_at - context->now;
	return err;
}

static enum err
store(struct context *context, const struct grant *grant, const struct user *user)
{
	const struct service *service = context->service;
	struct audit_author author;
	struct audits_row row = audit_describe(context, user, "sign-in", "program", &author);
	const struct grants_terms terms = {
		.signed_out_at = user->signed_out_at, .spans = {
			.idle = service->config->refresh_token_idle,
			.token = service->config->access_token_ttl,
		}, .sign_in = &row,
	};
	int64_t made_room = 0;
	enum err err;

	row.client_id = grant->client_id;
	err = grants_add(service->db, grant, &terms, &made_room);

	if (made_room > 0)
		audit_user(context, "refresh ended", user, "room");
	if (err != ERR_NO_USER)
		return err;
	/* What was right when the password was looked at is so no longer. */
	audit_refusal(context, user, "signed_out_meanwhile");
	return ERR_CREDENTIALS;
}

enum err
grant_begin(struct context *context, const struct user *user, const char *scope,
    struct grant_tokens *tokens)
{
	const struct config *config = context->service->config;
	struct refresh_token first = {0};	/* secret */
	char network[NETWORK_SIZE], agent[AGENT_SIZE];
	struct grant grant = {
		.user_id = user->id, .client_id = config->client_id, .scope = tokens->scope,
		.created_at = context->now, .rotated_at = context->now,
		.network = network, .agent = agent,
		.is_refreshable = config->refresh_tokens,
		.expires_at = context->now + (config->refresh_tokens ? config->refresh_token_ttl
								     : config->access_token_ttl),
	};
	enum err err;

	*tokens = (struct grant_tokens){0};
	snprintf(tokens->scope, sizeof(tokens->scope), "%s", scope);
	network_coarse_of(context->client, network);
	agent_name(context->agent, agent);
	/* One that nobody gets has a selector as well: the grant has its id from it. */
	if ((err = refresh_token_new(&first)) != ERR_OK)
		goto out;
	if ((err = refresh_token_gid(&first, grant.id)) != ERR_OK)
		goto out;
	if ((err = refresh_token_digest(&first, grant.current)) != ERR_OK)
		goto out;
	/* A grant of which nobody got a token should not be stored. */
	if ((err = grant_issue_token(context, &grant, user, tokens)) != ERR_OK)
		goto out;
	if ((err = store(context, &grant, user)) != ERR_OK)
		goto out;
	if (grant.is_refreshable)
		refresh_token_format(&first, tokens->refresh_token);
out:
	refresh_token_clear(&first);
	if (err != ERR_OK)
		grant_tokens_clear(tokens);
	return err;
}

void
grant_tokens_clear(struct grant_tokens *tokens)
{
	secret_free(tokens->jwt);
	secret_wipe(tokens, sizeof(*tokens));
}
