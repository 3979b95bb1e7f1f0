/* link: bearward user link. */
#include <stdio.h>

#include "account/link.h"
#include "base/secret.h"
#include "config/public_url.h"
#include "ctl/ctl.h"

/* Whether there is a page that the link leads to; else says what to write where. */
static bool
are_there_pages(const struct ctl *ctl)
{
	if (!ctl->config.signin)
		(void)ctl_fail("there are no pages for people; the setting is signin = no");
	else if (public_url_get(&ctl->config) == NULL)
		(void)ctl_fail("the settings do not say under which address people reach the "
		    "pages; write it there: public_url = https://www.example.org");
	else
		return true;
	return false;
}

/* The link alone goes to stdout, so that it can be piped on. */
static enum status
print(const struct ctl *ctl, const struct user *user, enum link_kind kind, const char *token)
{
	char address[LINK_ADDRESS_SIZE], name[CTL_SHOWN_SIZE], time[CTL_TIME_SIZE];

	if (!link_address(&ctl->config, token, address))
		return ctl_fail_for(ERR_SETUP);
	puts(address);
	fprintf(stderr, "%s: this link is good once, until %s, to choose a %s; earlier ones of "
	    "this user are void\n", ctl_show(user->username, name),
	    ctl_show_time(ctl->context.now + link_ttl(&ctl->config, kind), time),
	    kind == LINK_INVITATION ? "password and sign in" :
	    "new password, which signs out everywhere else");
	secret_wipe(address, sizeof(address));
	return STATUS_DONE;
}

static enum status
report(const struct ctl *ctl, enum err err, const struct user *user, enum link_kind kind,
    const char *token)
{
	char name[CTL_SHOWN_SIZE];

	if (err == ERR_OK)
		return print(ctl, user, kind, token);
	if (err == ERR_FIELDS)
		return ctl_fail_with_faults(&ctl->context.faults);
	if (err == ERR_NAME_TAKEN)
		return ctl_fail("%s has a password already; without --invite, the link is to a "
		    "new one", ctl_show(ctl->args[0], name));
	if (err == ERR_INACTIVE)
		return ctl_fail("%s is disabled, and so would the link be; `bearward user enable` "
		    "comes first", ctl_show(ctl->args[0], name));
	return ctl_fail_for(err);
}

static enum status
make(struct ctl *ctl, const struct user *user)
{
	char token[LINK_TOKEN_SIZE];	/* secret */
	const enum err err = link_make(&ctl->context, user, LINK_PASSWORD, token);
	const enum status status = report(ctl, err, user, LINK_PASSWORD, token);

	secret_wipe(token, sizeof(token));
	return status;
}

static enum status
invite(struct ctl *ctl)
{
	char token[LINK_TOKEN_SIZE];	/* secret */
	struct user *user = NULL;	/* owned */
	enum status status;
	enum err err;

	if (!ctl_open(ctl, ctl_writing))
		return STATUS_FAILED;
	err = link_invite(&ctl->context, ctl->args[0], &user, token);
	status = report(ctl, err, user, LINK_INVITATION, token);
	secret_wipe(token, sizeof(token));
	user_free(user);
	return status;
}

enum status
ctl_user_link(struct ctl *ctl)
{
	if (!are_there_pages(ctl))
		return STATUS_FAILED;
	if (ctl->typed[OPT_INVITE] != NULL)
		return invite(ctl);
	return ctl_with_user(ctl, ctl_writing, make);
}
