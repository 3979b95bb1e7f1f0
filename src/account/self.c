/* self: what people do to their own accounts. */
#include "account/self.h"

#include <stdbool.h>
#include <string.h>

#include "account/audit.h"
#include "account/end.h"
#include "account/new_password.h"
#include "account/new_profile.h"
#include "account/prove.h"
#include "account/session.h"
#include "base/secret.h"

/* What was right when the password was looked at, and must be so still when the change is made. */
struct proven {
	int64_t signed_out_at;
	const void *value;		/* of the change, borrowed */
};

static enum err
check_proof(struct db_connection *connection, int64_t user_id, const void *value)
{
	const struct proven *proven = value;

	return users_check_signed_out(connection, user_id, proven->signed_out_at);
}

/* What became of a change that a password was needed for. */
static enum err
explain(const struct context *context, const struct user *user, enum err err)
{
	if (err != ERR_NO_USER)
		return err;
	audit_refusal(context, user, "signed_out_meanwhile");
	return ERR_WRONG_PASSWORD;
}

static enum err
set_password(struct db_connection *connection, int64_t user_id, const void *value)
{
	const struct proven *proven = value;

	return users_set_password(connection, user_id, proven->value);
}

/* Both passwords are taken as they were typed; stored is that of the new one. */
static enum err
make_stored(struct context *context, const struct user *user,
    const struct self_passwords *passwords, char **stored)
{
	struct password password;	/* owned, secret */
	enum err err;

	if ((err = password_prepare(passwords->new, context->source, &password)) != ERR_OK)
		goto out;
	err = new_password_check(context, &password, user->username_key, "new_password");
	if (err != ERR_OK)
		goto out;
	if ((err = prove_password(context, user, passwords->current)) != ERR_OK)
		goto out;
	err = new_password_hash(context, &password, stored);
out:
	password_clear(&password);
	return err;
}

enum err
self_change_password(struct context *context, struct user *user,
    const struct self_passwords *passwords, const unsigned char *keeps)
{
	char *stored = NULL;	/* owned, secret */
	enum err err = make_stored(context, user, passwords, &stored);

	if (err == ERR_OK)
		err = explain(context, user, end_all(context, user, &(struct end_change){
			.event = "password changed", .reason = "password changed",
			.begin = check_proof, .make = set_password, .keeps_grant = keeps,
			.message = MESSAGE_PASSWORD_CHANGED,
			.signed_out_at = &user->signed_out_at,
			.value = &(struct proven){ user->signed_out_at, stored } }));
	secret_free(stored);
	return err;
}

static enum err
delete(struct db_connection *connection, int64_t user_id, const void *unused)
{
	(void)unused;
	return users_delete(connection, user_id);
}

enum err
self_delete(struct context *context, const struct user *user, const char *current)
{
	enum err err = prove_password(context, user, current);

	if (err == ERR_OK)
		err = explain(context, user, end_all(context, user, &(struct end_change){
			.event = "user deleted", .reason = "deleted",
			.begin = check_proof, .make = delete,
			.value = &(struct proven){ user->signed_out_at, NULL } }));
	return err == ERR_REFERENCED ? ERR_IN_USE : err;
}

/* ---- email address and display name */

static bool
changes_email(const struct user *user, const struct profile *profile)
{
	const char *stored = user->email != NULL ? user->email : "";

	return profile->email != NULL && strcmp(profile->email, stored) != 0;
}

/* Whoever got hold of a token could else have a link sent to another address. */
static enum err
prove_for_email(struct context *context, const struct user *user, const char *current)
{
	if (current != NULL)
		return prove_password(context, user, current);
	return faults_add(&context->faults, "missing", "current_password",
	    "To change the email address, give the current password as well");
}

struct profile_change {
	struct context *context;
	const struct user *user;
	const struct profile *profile;
	bool has_proof;
};

static enum err
set_profile(struct db_connection *connection, void *arg)
{
	const struct profile_change *change = arg;
	const struct user *user = change->user;
	enum err err = ERR_OK;

	if (change->has_proof)
		err = users_check_signed_out(connection, user->id, user->signed_out_at);
	if (err == ERR_OK)
		err = users_set_profile(connection, user->id, change->profile);
	if (err == ERR_OK)
		err = message_add_of_profile(connection, change->context, user, change->profile);
	return err == ERR_OK
	    ? audit_profile(connection, change->context, user, change->profile) : err;
}

enum err
self_set_profile(struct context *context, const struct user *user, const struct profile *profile,
    const char *current)
{
	const bool has_proof = changes_email(user, profile);
	/* What is as it was is not written: it may become another before this is. */
	const struct profile given = {
		.email = has_proof ? profile->email : NULL, .display_name = profile->display_name,
	};
	struct profile_change change = { context, user, &given, has_proof };
	enum err err;

	if ((err = new_profile_check(context, &given)) != ERR_OK)
		return err;
	if (change.has_proof && (err = prove_for_email(context, user, current)) != ERR_OK)
		return err;
	err = db_transact(context->service->db, set_profile, &change);
	if (err == ERR_CONFLICT)
		return faults_add(&context->faults, "value_error", NULL, "Somebody else has this "
		    "email address or display name, and this site allows it once");
	if (err == ERR_OK)
		audit_user(context, "profile changed", user, NULL);
	if (change.has_proof)
		return explain(context, user, err);
	return err == ERR_NO_USER ? ERR_TOKEN : err;
}

/* ---- what is signed in */

static enum err
end_one(struct context *context, const struct user *user, const char *id)
{
	struct user *owner = NULL;	/* owned */
	bool is_browser;
	enum err err = session_end(context, user, id, &owner, &is_browser);

	if (err == ERR_OK && owner == NULL)
		err = ERR_NO_SESSION;
	user_free(owner);
	return err;
}

enum err
self_end(struct context *context, const struct user *user, const char *which, const char *current)
{
	unsigned char id[GRANTS_ID_LEN];
	struct end_change change = {
		.event = "signed out", .reason = "signed out", .told = "sign-out",
		.told_detail = "everywhere",
	};
	enum err err;

	if (strcmp(which, "others") != 0 && strcmp(which, "all") != 0)
		return end_one(context, user, which);
	if (strcmp(which, "others") == 0 && session_read_id(current, id)) {
		change.keeps_grant = change.keeps_session = id;
		change.told_detail = "elsewhere";
	}
	err = end_all(context, user, &change);
	return err == ERR_NO_USER ? ERR_TOKEN : err;
}
