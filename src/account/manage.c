/* manage: what an administrator does with the database and its users. */
#include "account/manage.h"

#include "account/audit.h"
#include "account/end.h"
#include "account/manage_internal.h"
#include "account/new_password.h"
#include "account/new_profile.h"
#include "base/log.h"
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

enum err
manage_prepare_as(const struct config *config, const struct db_admin *admin)
{
	return db_prepare_as(config, admin);
}

enum err
manage_print_roles(const struct config *config, const struct db_admin *admin, FILE *out)
{
	return db_print_roles(config, admin, out);
}

void
manage_examine_database(const struct config *config, finding_note *note, void *arg)
{
	db_examine(config, note, arg);
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

void
manage_tell_audit(const struct context *context, const char *event, const char *detail)
{
	const struct config *config = context->service->config;
	struct audit_author author;
	const struct audits_row row = audit_describe(context, NULL, event, detail, &author);
	struct db *db = NULL;	/* owned */
	enum err err;

	if (!db_is_there(config))
		return;
	if ((err = db_open(config, DB_WRITE, &db)) == ERR_OK)
		err = audits_add_alone(db, &row);
	if (err != ERR_OK)
		log_event(LEVEL_WARNING, "the audit was not told", LOG_TEXT("what", event),
		    LOG_TEXT("reason", err_name(err)));
	db_close(db);
}

enum err
manage_export_users(struct context *context, void (*visit)(const struct user *user, void *arg),
    void *arg)
{
	/* First: some hashes are out also when it fails later. */
	audit_export(context);
	manage_tell_audit(context, "users exported", NULL);
	return users_list_with_hashes(context->service->db, 0, INT64_MAX, visit, arg);
}

/* A change of one user that ends nothing. */
struct change {
	const char *event;		/* static */
	const char *detail;		/* borrowed; NULL for none */
	enum err (*make)(struct db_connection *connection, int64_t user_id, const void *value);
	const void *value;		/* borrowed */
};

struct work {
	const struct context *context;
	const struct user *user;
	const struct change *change;
};

static enum err
do_change(struct db_connection *connection, void *arg)
{
	const struct work *work = arg;
	const struct change *change = work->change;
	struct audit_author author;
	const struct audits_row row = audit_describe(work->context, work->user, change->event,
	    change->detail, &author);
	enum err err = change->make(connection, work->user->id, change->value);

	return err == ERR_OK ? audits_add(connection, &row) : err;
}

/* Makes a change, tells the audit in the same transaction, and logs it. */
static enum err
change_user(const struct context *context, const struct user *user, const struct change *change)
{
	struct work work = { context, user, change };
	enum err err = db_transact(context->service->db, do_change, &work);

	if (err == ERR_OK)
		audit_user(context, change->event, user, change->detail);
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
		.message = MESSAGE_PASSWORD_CHANGED,
	};
	char *stored = NULL;		/* owned, secret */
	enum err err = new_password_take(context, typed, user->username_key, &stored);

	change.value = stored;
	if (err == ERR_OK)
		err = end_all(context, user, &change);
	secret_free(stored);
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

static enum err
enable(struct db_connection *connection, int64_t user_id, const void *unused)
{
	(void)unused;
	return users_enable(connection, user_id);
}

enum err
manage_enable(struct context *context, const struct user *user)
{
	return change_user(context, user, &(struct change){ "user enabled", NULL, enable, NULL });
}

enum err
manage_sign_out(struct context *context, const struct user *user)
{
	return end_all(context, user, &(struct end_change){
		.event = "signed out", .reason = "signed out",
		.told = "sign-out", .told_detail = "everywhere" });
}

static enum err
set_scope(struct db_connection *connection, int64_t user_id, const void *scope)
{
	return users_set_scope(connection, user_id, scope);
}

enum err
manage_set_scope(struct context *context, const struct user *user, const char *scope)
{
	return change_user(context, user, &(struct change){
		"scope changed", scope, set_scope, scope });
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

struct profile_work {
	struct context *context;
	const struct user *user;
	const struct profile *profile;
};

static enum err
do_set_profile(struct db_connection *connection, void *arg)
{
	const struct profile_work *work = arg;
	enum err err = users_set_profile(connection, work->user->id, work->profile);

	if (err == ERR_OK)
		err = message_add_of_profile(connection, work->context, work->user, work->profile);
	return err == ERR_OK
	    ? audit_profile(connection, work->context, work->user, work->profile) : err;
}

enum err
manage_set_profile(struct context *context, const struct user *user,
    const struct profile *profile)
{
	enum err err;

	if ((err = new_profile_check(context, profile)) != ERR_OK)
		return err;
	if ((err = check_has_email(context, user, profile)) != ERR_OK)
		return err;
	err = db_transact(context->service->db, do_set_profile,
	    &(struct profile_work){ context, user, profile });
	if (err != ERR_OK)
		return err;
	audit_user(context, "profile changed", user, NULL);
	if (profile->groups != NULL)
		audit_user(context, "groups changed", user, profile->groups);
	return ERR_OK;
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
