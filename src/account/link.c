/* link: links that set a password, looked at, used, and asked for. */
#include "account/link.h"

#include <stdlib.h>

#include "account/attempts.h"
#include "account/audit.h"
#include "account/end.h"
#include "account/link_internal.h"
#include "account/message.h"
#include "account/new_password.h"
#include "base/secret.h"
#include "store/tickets.h"
#include "text/username.h"

static enum err
find_by_digest(struct context *context, const unsigned char digest[TICKETS_DIGEST_LEN],
    struct user **user, enum link_kind *kind)
{
	enum err err = ERR_OK;

	*user = NULL;
	for (int i = 0; i < LINK_KINDS && err == ERR_OK && *user == NULL; i++) {
		*kind = (enum link_kind)i;
		err = tickets_find(context->service->db, digest, link_kind_name(*kind),
		    context->now, user);
	}
	if (err == ERR_OK && (*user == NULL || !(*user)->is_active))
		err = ERR_LINK;
	if (err != ERR_OK) {
		user_free(*user);
		*user = NULL;
	}
	return err;
}

enum err
link_find(struct context *context, const char *token, struct user **user, enum link_kind *kind)
{
	unsigned char digest[TICKETS_DIGEST_LEN];

	*user = NULL;
	*kind = LINK_PASSWORD;
	if (!link_read_token(token, digest))
		return ERR_LINK;
	return find_by_digest(context, digest, user, kind);
}

/* ---- Using one */

struct use {
	unsigned char digest[TICKETS_DIGEST_LEN];
	enum link_kind kind;
	int64_t now;
	const char *stored;	/* borrowed, secret: the hash of the new password */
};

/* Of all who come this far with one link, one finds the ticket. */
static enum err
use_ticket(struct db_connection *connection, int64_t user_id, const void *value)
{
	const struct use *use = value;
	int64_t found = 0;
	enum err err = tickets_use(connection, use->digest, link_kind_name(use->kind), use->now,
	    &found);

	return err == ERR_OK && found != user_id ? ERR_LINK : err;
}

static enum err
set_password(struct db_connection *connection, int64_t user_id, const void *value)
{
	const struct use *use = value;

	return users_set_password(connection, user_id, use->stored);
}

/* Leaves the user as the transaction has: whatever ends afterwards ends what begins with it. */
static enum err
end_and_set(struct context *context, struct user *user, const struct use *use)
{
	const bool is_new = use->kind == LINK_INVITATION;
	const struct end_change change = {
		.event = "link used", .told_detail = link_kind_name(use->kind),
		.reason = "password changed", .begin = use_ticket, .make = set_password,
		.value = use, .signed_out_at = &user->signed_out_at,
		.message = is_new ? MESSAGE_NONE : MESSAGE_PASSWORD_CHANGED,
	};
	enum err err = end_all(context, user, &change);

	return err == ERR_NO_USER ? ERR_LINK : err;
}

/* Sets the password; nothing is hashed for a link that is none. */
static enum err
set_typed(struct context *context, struct user *user, const char *typed, struct use *use)
{
	char *stored = NULL;	/* owned, secret */
	enum err err = new_password_take(context, typed, user->username_key, &stored);

	use->stored = stored;
	if (err == ERR_OK)
		err = end_and_set(context, user, use);
	use->stored = NULL;
	secret_free(stored);
	return err;
}

enum err
link_use(struct context *context, const char *token, const char *password, struct user **result)
{
	struct use use = { .now = context->now };
	struct user *user = NULL;	/* owned */
	struct attempt attempt;
	enum err err;

	*result = NULL;
	if ((err = attempts_take_link(context, &attempt)) != ERR_OK)
		return err;
	err = link_read_token(token, use.digest)
	    ? find_by_digest(context, use.digest, &user, &use.kind) : ERR_LINK;
	if (err == ERR_OK)
		err = set_typed(context, user, password, &use);
	/* A link that is none is a guess. */
	if (err == ERR_LINK)
		audit_link_refusal(context, user);
	else
		attempts_give_back(context, &attempt);
	if (err == ERR_OK) {
		*result = user;
		user = NULL;
	}
	user_free(user);
	return err;
}

/* ---- Asking for one */

struct asking {
	struct context *context;
	const struct user *user;	/* NULL: nobody who will get a message */
};

static enum err
add_message(struct db_connection *connection, void *arg)
{
	const struct asking *asking = arg;
	const struct user *user = asking->user;
	enum err err = users_lock(connection, user != NULL ? user->id : 0);

	/* Who has been deleted meanwhile is nobody. */
	if (err == ERR_NO_USER)
		user = NULL;
	else if (err != ERR_OK)
		return err;
	return message_add(connection, asking->context, MESSAGE_LINK, user);
}

/* Writes a row for nobody as well: neither time nor disk must tell who exists. */
static enum err
ask_by_key(struct context *context, const char *key)
{
	struct user *user = NULL;		/* owned */
	struct asking asking = { .context = context };
	struct attempt attempt;
	bool may_ask;
	enum err err = users_find(context->service->db, key, &user);

	if (err != ERR_OK)
		return err;
	if ((err = attempts_take_asking(context, key, user, &attempt, &may_ask)) != ERR_OK)
		goto out;
	if (may_ask && user != NULL && user->is_active)
		asking.user = user;
	err = db_transact(context->service->db, add_message, &asking);
	if (err != ERR_OK)
		attempts_give_back(context, &attempt);
	else
		audit_link_asked(context, user, may_ask ? NULL : "too often");
out:
	user_free(user);
	return err;
}

enum err
link_ask(struct context *context, const char *username)
{
	char *key = NULL;	/* owned */
	enum err err = username_key(username, &key);

	if (err == ERR_OK)
		err = ask_by_key(context, key);
	free(key);
	return err;
}
