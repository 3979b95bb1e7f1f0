/* user: bearward user add, list, show, disable, enable, passwd, scope, set, sign-out, delete. */
#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "account/find.h"
#include "account/manage.h"
#include "account/new_profile.h"
#include "account/register.h"
#include "account/session.h"
#include "account/user_list.h"
#include "base/secret.h"
#include "base/text.h"
#include "ctl/user_print.h"
#include "text/scope.h"

enum status
ctl_with_user(struct ctl *ctl, const struct resource *const *resources,
    enum status (*act)(struct ctl *ctl, const struct user *user))
{
	char name[CTL_SHOWN_SIZE];
	struct user *user = NULL;	/* owned */
	enum status status;
	enum err err;

	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	err = find_user(&ctl->context, ctl->args[0], &user);
	if (err != ERR_OK)
		status = ctl_fail_for(err);
	else if (user == NULL)
		status = ctl_fail("there is no user \"%s\"; see `bearward user list`",
		    ctl_show(ctl->args[0], name));
	else
		status = act(ctl, user);
	user_free(user);
	return status;
}

enum status
ctl_report(const struct ctl *ctl, enum err err, const struct user *user, const char *done)
{
	char name[CTL_SHOWN_SIZE];

	if (err == ERR_FIELDS)
		return ctl_fail_with_faults(&ctl->context.faults);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%s: %s\n", ctl_show(user->username, name), done);
	return STATUS_DONE;
}

/* Nobody should think of a password for a user who cannot be added. */
static enum err
check_name_is_free(struct ctl *ctl, const char *username)
{
	struct user *present = NULL;	/* owned */
	enum err err = find_user(&ctl->context, username, &present);

	if (err == ERR_OK && present != NULL)
		err = ERR_NAME_TAKEN;
	user_free(present);
	return err;
}

static enum status
register_named(struct ctl *ctl, const char *password)
{
	const struct credentials credentials = { ctl->args[0], password };
	char name[CTL_SHOWN_SIZE];
	struct user *user = NULL;	/* owned */
	enum err err = register_user(&ctl->context, &credentials, &ctl->profile, &user);

	if (err == ERR_FIELDS)
		return ctl_fail_with_faults(&ctl->context.faults);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("added user %s with id %lld\n", ctl_show(user->username, name),
	    (long long)user->id);
	user_free(user);
	return STATUS_DONE;
}

enum status
ctl_user_add(struct ctl *ctl)
{
	char *password = NULL;	/* owned, secret */
	enum status status;
	enum err err;

	if (!ctl_open(ctl, ctl_hashing))
		return STATUS_FAILED;
	if (new_profile_check(&ctl->context, &ctl->profile) != ERR_OK)
		return ctl_fail_with_faults(&ctl->context.faults);
	if ((err = check_name_is_free(ctl, ctl->args[0])) != ERR_OK)
		return ctl_fail_for(err);
	if (!ctl_read_password(ctl, ctl->args[0], &password))
		return STATUS_FAILED;
	status = register_named(ctl, password);
	secret_free(password);
	return status;
}

static enum status
show(struct ctl *ctl, const struct user *user)
{
	struct user_activity activity;
	const enum err err = user_activity_find(&ctl->context, user, &activity);

	if (err != ERR_OK)
		return ctl_fail_for(err);
	if (ctl->typed[OPT_JSON] != NULL)
		user_print_json(user, &activity);
	else
		user_print_all(user, &activity);
	return STATUS_DONE;
}

enum status
ctl_user_show(struct ctl *ctl)
{
	static const struct resource *const resources[] = {
		&resource_database_asking, &resource_seen, NULL
	};

	return ctl_with_user(ctl, resources, show);
}

enum status
ctl_report_refused(const struct ctl *ctl, enum err err, const struct user *user, const char *done)
{
	char all[1024];

	snprintf(all, sizeof(all), "%s from now on%s", done,
	    ctl->config.verify == VERIFICATION_STATELESS
	    ? "; a web server that asks `verify` accepts tokens until they expire (verify = "
	      "stateless)" : "");
	return ctl_report(ctl, err, user, all);
}

/* The same, of what leaves the user active. Those tokens go by the name alone. */
static enum status
report_ended(const struct ctl *ctl, enum err err, const struct user *user, const char *done)
{
	char all[512];

	snprintf(all, sizeof(all), "%s; cookies and tokens given out so far%s are refused", done,
	    ctl->config.accept_tutorial_tokens && user->is_imported
	    ? ", but for those of another program (accept_tutorial_tokens = yes)," : "");
	return ctl_report_refused(ctl, err, user, all);
}

static enum status
disable(struct ctl *ctl, const struct user *user)
{
	return ctl_report_refused(ctl, manage_disable(&ctl->context, user), user,
	    "disabled; signing in, cookies and tokens are refused");
}

enum status
ctl_user_disable(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_writing, disable);
}

static enum status
enable(struct ctl *ctl, const struct user *user)
{
	return ctl_report(ctl, manage_enable(&ctl->context, user), user,
	    "enabled; may sign in again, and what was ended stays ended");
}

enum status
ctl_user_enable(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_writing, enable);
}

static enum status
change_password(struct ctl *ctl, const struct user *user)
{
	char *password = NULL;	/* owned, secret */
	enum err err;

	if (!ctl_read_password(ctl, user->username, &password))
		return STATUS_FAILED;
	err = manage_set_password(&ctl->context, user, password);
	secret_free(password);
	return report_ended(ctl, err, user, "password changed, and signed out everywhere");
}

enum status
ctl_user_passwd(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_hashing, change_password);
}

bool
ctl_check_scope(const struct ctl *ctl, const char *scope)
{
	char shown[CTL_SHOWN_SIZE];

	if (*scope == '\0')
		(void)ctl_fail("a scope is empty; leave it out");
	else if (!scope_is_valid(scope) ||
	    !scope_is_within(scope, ctl->config.restricted_scopes, SCOPE_USERS_CREATE))
		(void)ctl_fail("\"%s\" is not in restricted_scopes; put it there first",
		    ctl_show(scope, shown));
	else
		return true;
	return false;
}

/* Joins the arguments after the name. Returns false, and has said why, when one is wrong. */
static bool
read_scopes(const struct ctl *ctl, char scopes[SCOPE_LEN_MAX + 1])
{
	scopes[0] = '\0';
	for (char **scope = ctl->args + 1; *scope != NULL; scope++) {
		if (!ctl_check_scope(ctl, *scope))
			return false;
		if (!scope_append(scopes, *scope)) {
			(void)ctl_fail("a user may have %d scopes of %d bytes together",
			    SCOPE_TOKENS_MAX, SCOPE_LEN_MAX);
			return false;
		}
	}
	return true;
}

static enum status
give_scopes(struct ctl *ctl, const struct user *user)
{
	char scopes[SCOPE_LEN_MAX + 1], done[SCOPE_LEN_MAX + 64];

	if (!read_scopes(ctl, scopes))
		return STATUS_FAILED;
	snprintf(done, sizeof(done), "may ask for %s from now on",
	    *scopes != '\0' ? scopes : "no restricted scope");
	return ctl_report(ctl, manage_set_scope(&ctl->context, user, scopes), user, done);
}

enum status
ctl_user_scope(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_writing, give_scopes);
}

static enum status
set_profile(struct ctl *ctl, const struct user *user)
{
	char done[256];

	snprintf(done, sizeof(done), "changed%s%s", ctl->typed[OPT_GROUPS] != NULL
	    ? "; the next check sees the groups" : "",
	    ctl->typed[OPT_GROUPS] != NULL && ctl->config.verify == VERIFICATION_STATELESS
	    ? ", but for the check of a token (verify = stateless), which knows no groups" : "");
	return ctl_report(ctl, manage_set_profile(&ctl->context, user, &ctl->profile), user,
	    done);
}

enum status
ctl_user_set(struct ctl *ctl)
{
	if (ctl->typed[OPT_EMAIL] == NULL && ctl->typed[OPT_EMAIL_VERIFIED] == NULL &&
	    ctl->typed[OPT_DISPLAY_NAME] == NULL && ctl->typed[OPT_GROUPS] == NULL)
		return ctl_refuse_usage("user set", "say what, with --email, --email-verified, "
		    "--display-name or --groups");
	return ctl_with_user(ctl, ctl_writing, set_profile);
}

static enum status
sign_out(struct ctl *ctl, const struct user *user)
{
	if (ctl->typed[OPT_GRANT] != NULL)
		return ctl_session_end_of(ctl, user, ctl->typed[OPT_GRANT]);
	return report_ended(ctl, manage_sign_out(&ctl->context, user), user,
	    "signed out everywhere");
}

enum status
ctl_user_sign_out(struct ctl *ctl)
{
	return ctl_with_user(ctl, ctl_writing, sign_out);
}

struct signed_in {
	int sessions, programs;
};

static void
count_session(const struct session *session, void *arg)
{
	struct signed_in *signed_in = arg;
	const bool is_browser = strcmp(session->kind, "browser") == 0;

	signed_in->sessions += is_browser;
	signed_in->programs += !is_browser;
}

/* Asks whether to delete a user, with what goes along. */
static bool
may_delete(struct ctl *ctl, const struct user *user)
{
	struct signed_in signed_in = {0};
	char name[CTL_SHOWN_SIZE], question[CTL_SHOWN_SIZE + 128];
	enum err err;

	if (!ctl_asks(ctl))
		return true;
	err = session_list(&ctl->context, user, NULL, INT64_MAX, count_session, &signed_in);
	if (err != ERR_OK) {
		(void)ctl_fail_for(err);
		return false;
	}
	snprintf(question, sizeof(question), "Delete %s (id %" PRId64 ") with %d session%s and %d "
	    "program%s, for good?", ctl_show(user->username, name), user->id, signed_in.sessions,
	    signed_in.sessions == 1 ? "" : "s", signed_in.programs,
	    signed_in.programs == 1 ? "" : "s");
	return ctl_confirm(ctl, question);
}

static enum status
delete(struct ctl *ctl, const struct user *user)
{
	if (!may_delete(ctl, user))
		return STATUS_FAILED;
	return ctl_report_refused(ctl, manage_delete(&ctl->context, user), user,
	    "deleted; cookies and tokens are refused");
}

enum status
ctl_user_delete(struct ctl *ctl)
{
	static const struct resource *const asking[] = {
		&resource_database_writing, &resource_seen, NULL
	};

	return ctl_with_user(ctl, ctl_asks(ctl) ? asking : ctl_writing, delete);
}

static void
print_as_asked(const struct user *user, void *arg)
{
	struct table *table = arg;

	if (table->is_json)
		user_print_json(user, NULL);
	else
		user_print_line(user, table);
}

static enum status
list(struct ctl *ctl, const struct user_list *wanted)
{
	struct table table;
	enum err err;

	table_init(&table, ctl, user_print_columns, USER_PRINT_COLUMNS);
	err = user_list_visit(&ctl->context, wanted, print_as_asked, &table);
	table_flush(&table);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

static void
count_one(const struct user *user, void *arg)
{
	int64_t *counted = arg;

	(void)user;
	++*counted;
}

static enum status
count(struct ctl *ctl, const struct user_list *wanted)
{
	int64_t counted = 0;
	enum err err = user_list_visit(&ctl->context, wanted, count_one, &counted);

	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%" PRId64 "\n", counted);
	return STATUS_DONE;
}

enum status
ctl_user_list(struct ctl *ctl)
{
	struct user_list wanted = {
		.limit = ctl->limit, .match = ctl->typed[OPT_MATCH],
		.is_disabled = ctl->typed[OPT_DISABLED] != NULL,
		.is_without_password = ctl->typed[OPT_WITHOUT_PASSWORD] != NULL,
		.is_with_old_hash = ctl->typed[OPT_OLD_HASH] != NULL,
	};

	if (ctl->typed[OPT_AFTER] != NULL &&
	    !options_read_number(ctl->typed[OPT_AFTER], 0, &wanted.after))
		return ctl_refuse_usage("user list", "option --after needs a number");
	if (wanted.match != NULL && !text_is_utf8(wanted.match, strlen(wanted.match)))
		return ctl_refuse_usage("user list", "what --match looks for is not UTF-8 text");
	if (!ctl_open(ctl, ctl_reading))
		return STATUS_FAILED;
	return ctl->typed[OPT_COUNT] != NULL ? count(ctl, &wanted) : list(ctl, &wanted);
}
