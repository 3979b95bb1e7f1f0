/* manage: what an administrator does with users and keys. */
#include "account/manage.h"

#include "account/audit.h"
#include "account/end.h"
#include "account/new_password.h"
#include "account/new_profile.h"
#include "base/secret.h"
#include "hash/hasher.h"
#include "store/db.h"
#include "store/sessions_sweep.h"
#include "store/tidy.h"

enum err
manage_find_database(const struct config *config, const struct user_columns_named *named,
    FILE *report, bool *is_there)
{
	return db_find(config, named, report, is_there);
}

enum err
manage_prepare_database(const struct config *config, const struct user_columns_named *named,
    FILE *report)
{
	return db_prepare(config, named, report);
}

struct tidying {
	int64_t expired;
	void (*visit)(int64_t removed, void *arg);
	void *arg;
};

static void
note_expired(int64_t removed, void *arg)
{
	struct tidying *tidying = arg;

	tidying->expired = removed;
	tidying->visit(removed, tidying->arg);
}

static void
add_left_alone(int64_t removed, void *arg)
{
	const struct tidying *tidying = arg;

	tidying->visit(tidying->expired + removed, tidying->arg);
}

enum err
manage_tidy(struct context *context, void (*visit)(int64_t removed, void *arg), void *arg)
{
	struct tidying tidying = { .visit = visit, .arg = arg };
	enum err err = tidy_all(context->service->db, context->now, note_expired, &tidying);

	if (err != ERR_OK)
		return err;
	return sessions_sweep_all(context->service->db, context->service->seen, context->now,
	    add_left_alone, &tidying);
}

enum err
manage_check_blocklist(const struct config *config, char fault[BLOCKLIST_FAULT_SIZE])
{
	return blocklist_inspect(config->password_blocklist, fault);
}

static void
note_large_hash(const char *hashed_password, void *arg)
{
	struct large_hashes *found = arg;
	const long long memory = (long long)password_memory(hashed_password);

	found->users += memory > found->allowed;
	if (memory > found->needed)
		found->needed = memory;
}

enum err
manage_find_large_hashes(struct context *context, struct large_hashes *found)
{
	struct hash_division division;

	hasher_divide(context->service->config, &division);
	*found = (struct large_hashes){ .allowed = division.memory.amount };
	return users_visit_hashes(context->service->db, note_large_hash, found);
}

enum err
manage_prepare_keys(struct context *context, char kid[KEY_ID_SIZE])
{
	enum err err = keyring_prepare(context->service->config->state_dir, kid);

	if (err == ERR_OK && *kid != '\0')
		audit_key(context, "key added", kid);
	return err;
}

enum err
manage_add_key(struct context *context, const char *secret, char kid[KEY_ID_SIZE])
{
	enum err err = keyring_add(context->service->config->state_dir, secret, kid);

	if (err == ERR_OK)
		audit_key(context, "key added", kid);
	return err;
}

enum err
manage_find_keys(struct context *context, bool *has_any)
{
	return keyring_find_any(context->service->config->state_dir, has_any);
}

enum err
manage_remove_all_keys(struct context *context)
{
	enum err err = keyring_remove_all(context->service->config->state_dir);

	if (err == ERR_OK)
		audit_key(context, "all keys removed", "*");
	return err;
}

enum err
manage_remove_key(struct context *context, const char *kid, enum keyring_last last)
{
	enum err err = keyring_remove(context->service->config->state_dir, kid, last);

	if (err == ERR_OK)
		audit_key(context, "key removed", kid);
	return err;
}

void
manage_list_keys(struct context *context, void (*visit)(const struct key *key, void *arg),
    void *arg)
{
	struct keyring *keyring = context->service->keyring;
	const struct keys *keys = keyring_borrow(keyring);
	const struct key *key;

	for (size_t i = 0; keys != NULL && (key = keys_get(keys, i)) != NULL; i++)
		visit(key, arg);
	keyring_return(keyring, keys);
}

enum err
manage_list_users(struct context *context, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	return users_list(context->service->db, after, limit, visit, arg);
}

struct uncheckable {
	int64_t left;	/* to visit */
	void (*visit)(const struct user *user, void *arg);
	void *arg;
};

static void
visit_uncheckable(const struct user *user, void *arg)
{
	struct uncheckable *uncheckable = arg;

	if (uncheckable->left == 0 || password_is_checkable(user->hashed_password))
		return;
	uncheckable->left--;
	uncheckable->visit(user, uncheckable->arg);
}

enum err
manage_list_users_without_password(struct context *context, int64_t after, int64_t limit,
    void (*visit)(const struct user *user, void *arg), void *arg)
{
	struct uncheckable uncheckable = { limit, visit, arg };

	return users_list_with_hashes(context->service->db, after, INT64_MAX, visit_uncheckable,
	    &uncheckable);
}

enum err
manage_export_users(struct context *context, void (*visit)(const struct user *user, void *arg),
    void *arg)
{
	/* First: some hashes are out also when it fails later. */
	audit_export(context);
	return users_list_with_hashes(context->service->db, 0, INT64_MAX, visit, arg);
}

/* Ends each change: logs what was done, if it was. */
static enum err
finish(const struct context *context, enum err err, const char *event, const struct user *user,
    const char *detail)
{
	if (err == ERR_OK)
		audit_user(context, event, user, detail);
	return err;
}

static enum err
set_password(struct db_connection *connection, int64_t user_id, const void *stored)
{
	return users_set_password(connection, user_id, stored);
}

enum err
manage_set_password(struct context *context, const struct user *user, const char *typed)
{
	struct end_change change = {
		.event = "password changed", .reason = "password changed", .make = set_password,
	};
	struct password password;	/* owned, secret */
	char *stored = NULL;		/* owned, secret */
	enum err err;

	if ((err = password_prepare(typed, context->source, &password)) != ERR_OK)
		goto out;
	if ((err = new_password_check(context, &password, user->username_key,
	    "password")) != ERR_OK)
		goto out;
	if ((err = new_password_hash(context, &password, &stored)) != ERR_OK)
		goto out;
	change.value = stored;
	err = end_all(context, user, &change);
out:
	secret_free(stored);
	password_clear(&password);
	return err;
}

static enum err
disable(struct db_connection *connection, int64_t user_id, const void *unused)
{
	(void)unused;
	return users_disable(connection, user_id);
}

enum err
manage_disable(struct context *context, const struct user *user)
{
	return end_all(context, user, &(struct end_change){
		.event = "user disabled", .reason = "disabled", .make = disable });
}

enum err
manage_enable(struct context *context, const struct user *user)
{
	return finish(context, users_enable(context->service->db, user->id), "user enabled", user,
	    NULL);
}

enum err
manage_sign_out(struct context *context, const struct user *user)
{
	return end_all(context, user, &(struct end_change){
		.event = "signed out", .reason = "signed out" });
}

enum err
manage_set_scope(struct context *context, const struct user *user, const char *scope)
{
	return finish(context, users_set_scope(context->service->db, user->id, scope),
	    "scope changed", user, scope);
}

/* Where there is no address, none can be verified. */
static enum err
check_has_email(struct context *context, const struct user *user, const struct profile *profile)
{
	const char *email = profile->email != NULL ? profile->email : user->email;

	if (profile->email_verified != PROFILE_VERIFIED_YES || (email != NULL && *email != '\0'))
		return ERR_OK;
	return faults_add(&context->faults, "value_error", "email_verified",
	    "There is no email address that could be verified; give one");
}

struct profile_change {
	const struct user *user;
	const struct profile *profile;
};

static enum err
set_profile(struct db_connection *connection, void *arg)
{
	const struct profile_change *change = arg;

	return users_set_profile(connection, change->user->id, change->profile);
}

enum err
manage_set_profile(struct context *context, const struct user *user,
    const struct profile *profile)
{
	struct profile_change change = { user, profile };
	enum err err;

	if ((err = new_profile_check(context, profile)) != ERR_OK)
		return err;
	if ((err = check_has_email(context, user, profile)) != ERR_OK)
		return err;
	err = finish(context, db_transact(context->service->db, set_profile, &change),
	    "profile changed", user, NULL);
	if (profile->groups == NULL)
		return err;
	return finish(context, err, "groups changed", user, profile->groups);
}

static enum err
delete(struct db_connection *connection, int64_t user_id, const void *unused)
{
	(void)unused;
	return users_delete(connection, user_id);
}

enum err
manage_delete(struct context *context, const struct user *user)
{
	return end_all(context, user, &(struct end_change){
		.event = "user deleted", .reason = "deleted", .make = delete });
}
