/* user: bearward user add, list, show, disable, enable, passwd, scope, delete. */
#include "ctl/ctl.h"

#include <stdio.h>

#include "account/account.h"
#include "base/secret.h"
#include "ctl/user_print.h"
#include "text/scope.h"

/* Finds the user named first and does something with it. */
static enum status
with_user(const struct ctl *ctl, unsigned needs, enum status (*act)(const struct ctl *ctl,
    struct service *service, const struct user *user))
{
	char name[CTL_SHOWN_SIZE];
	struct service service;
	struct user *user = NULL;	/* owned */
	enum status status;
	enum err err;

	if (!ctl_open(ctl, needs, &service))
		return STATUS_FAILED;
	err = account_find(&service, ctl->args[0], &user);
	if (err != ERR_OK)
		status = ctl_fail_for(err);
	else if (user == NULL)
		status = ctl_fail("there is no user \"%s\"; see `bearward user list`",
		    ctl_show(ctl->args[0], name));
	else
		status = act(ctl, &service, user);
	user_free(user);
	service_close(&service);
	return status;
}

/* The end of most actions: what was done to whom, if it was. */
static enum status
report(enum err err, const struct user *user, const char *done)
{
	char name[CTL_SHOWN_SIZE];

	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%s: %s\n", ctl_show(user->username, name), done);
	return STATUS_DONE;
}

static enum status
register_user(struct service *service, const struct credentials *credentials)
{
	struct faults faults = {0};
	char name[CTL_SHOWN_SIZE];
	struct user *user = NULL;	/* owned */
	enum err err = account_register(service, credentials, &faults, &user);

	if (err == ERR_FIELDS)
		return ctl_fail_with_faults(&faults);
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
	struct credentials credentials = { .username = ctl->args[0] };
	char *password = NULL;		/* owned, secret */
	struct user *present = NULL;	/* owned */
	struct service service;
	enum status status = STATUS_FAILED;
	enum err err;

	if (!ctl_open(ctl, NEED_WRITING | NEED_HASHING, &service))
		return STATUS_FAILED;
	/* Nobody should think of a password for a name that is taken. */
	if ((err = account_find(&service, credentials.username, &present)) == ERR_OK &&
	    present != NULL)
		err = ERR_NAME_TAKEN;
	if (err != ERR_OK) {
		(void)ctl_fail_for(err);
		goto out;
	}
	if (!ctl_read_password(credentials.username, &password))
		goto out;
	credentials.password = password;
	status = register_user(&service, &credentials);
out:
	user_free(present);
	secret_free(password);
	service_close(&service);
	return status;
}

static enum status
show(const struct ctl *ctl, struct service *service, const struct user *user)
{
	(void)service;
	if (ctl->options & OPT_JSON)
		user_print_json(user);
	else
		user_print_all(user);
	return STATUS_DONE;
}

enum status
ctl_user_show(struct ctl *ctl)
{
	return with_user(ctl, NEED_READING, show);
}

static enum status
disable(const struct ctl *ctl, struct service *service, const struct user *user)
{
	(void)ctl;
	return report(users_set_active(service->db, user->id, false), user,
	    "disabled; signing in and every token given out are refused from now on");
}

enum status
ctl_user_disable(struct ctl *ctl)
{
	return with_user(ctl, NEED_WRITING, disable);
}

static enum status
enable(const struct ctl *ctl, struct service *service, const struct user *user)
{
	(void)ctl;
	return report(users_set_active(service->db, user->id, true), user,
	    "enabled; tokens that have not expired are good again");
}

enum status
ctl_user_enable(struct ctl *ctl)
{
	return with_user(ctl, NEED_WRITING, enable);
}

static enum status
change_password(const struct ctl *ctl, struct service *service, const struct user *user)
{
	struct faults faults = {0};
	char *password = NULL;	/* owned, secret */
	enum err err;

	(void)ctl;
	if (!ctl_read_password(user->username, &password))
		return STATUS_FAILED;
	err = account_set_password(service, user, password, &faults);
	secret_free(password);
	if (err == ERR_FIELDS)
		return ctl_fail_with_faults(&faults);
	return report(err, user, "password changed; tokens given out are good until they expire");
}

enum status
ctl_user_passwd(struct ctl *ctl)
{
	return with_user(ctl, NEED_WRITING | NEED_HASHING, change_password);
}

/* Whether what was typed can be given to a user; else it has been said. */
static bool
may_be_given(const struct ctl *ctl, const char *scope)
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

/* Joins the arguments after the name; false: said on stderr. */
static bool
read_scopes(const struct ctl *ctl, char scopes[SCOPE_LEN_MAX + 1])
{
	scopes[0] = '\0';
	for (char **scope = ctl->args + 1; *scope != NULL; scope++) {
		if (!may_be_given(ctl, *scope))
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
give_scopes(const struct ctl *ctl, struct service *service, const struct user *user)
{
	char scopes[SCOPE_LEN_MAX + 1], done[SCOPE_LEN_MAX + 64];

	if (!read_scopes(ctl, scopes))
		return STATUS_FAILED;
	snprintf(done, sizeof(done), "may ask for %s from now on",
	    *scopes != '\0' ? scopes : "no restricted scope");
	return report(users_set_scope(service->db, user->id, scopes), user, done);
}

enum status
ctl_user_scope(struct ctl *ctl)
{
	return with_user(ctl, NEED_WRITING, give_scopes);
}

static enum status
delete(const struct ctl *ctl, struct service *service, const struct user *user)
{
	(void)ctl;
	return report(users_delete(service->db, user->id), user,
	    "deleted; every token given out is refused from now on");
}

enum status
ctl_user_delete(struct ctl *ctl)
{
	return with_user(ctl, NEED_WRITING, delete);
}

static void
print_as_asked(const struct user *user, void *arg)
{
	const struct ctl *ctl = arg;

	if (ctl->options & OPT_JSON)
		user_print_json(user);
	else
		user_print_line(user);
}

enum status
ctl_user_list(struct ctl *ctl)
{
	struct service service;
	enum err err;

	if (!ctl_open(ctl, NEED_READING, &service))
		return STATUS_FAILED;
	err = users_list(service.db, ctl->after, ctl->limit, print_as_asked, ctl);
	service_close(&service);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}
