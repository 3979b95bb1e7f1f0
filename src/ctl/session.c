/* session: bearward session list, session end. */
#include <stdio.h>

#include "account/session.h"
#include "ctl/ctl.h"
#include "ctl/session_print.h"

struct printing {
	int64_t now;
	struct table table;
};

static void
print_as_asked(const struct session *session, void *arg)
{
	struct printing *printing = arg;

	if (printing->table.is_json)
		session_print_json(session);
	else
		session_print_line(session, printing->now, &printing->table);
}

/* Lists those of a user, or of all for NULL. */
static enum status
list(struct ctl *ctl, const struct user *user)
{
	struct printing printing;
	enum err err;

	printing.now = ctl->context.now;
	table_init(&printing.table, ctl, session_print_columns, SESSION_PRINT_COLUMNS);
	err = session_list(&ctl->context, user, ctl->typed[OPT_AFTER], ctl->limit, print_as_asked,
	    &printing);
	if (err == ERR_REFUSED)
		return ctl_fail("what --after names is not there any more; list anew without it");
	table_flush(&printing.table);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}

enum status
ctl_session_list(struct ctl *ctl)
{
	static const struct resource *const resources[] = {
		&resource_database_asking, &resource_seen, NULL
	};

	if (ctl->arg_count > 0)
		return ctl_with_user(ctl, resources, list);
	return ctl_open(ctl, resources) ? list(ctl, NULL) : STATUS_FAILED;
}

enum status
ctl_session_end_of(struct ctl *ctl, const struct user *user, const char *id)
{
	struct user *owner = NULL;	/* owned */
	bool is_browser;
	enum err err = session_end(&ctl->context, user, id, &owner, &is_browser);
	char shown[CTL_SHOWN_SIZE], done[CTL_SHOWN_SIZE + 64];
	enum status status;

	if (err != ERR_OK)
		return ctl_fail_for(err);
	if (owner == NULL)
		return ctl_fail("nothing that is signed in%s has the id \"%s\"; see `bearward "
		    "session list`", user != NULL ? " for this user" : "", ctl_show(id, shown));
	snprintf(done, sizeof(done), "ended %s; its %s", id, is_browser
	    ? "cookie is refused from now on" : "tokens are refused");
	status = is_browser ? ctl_report(ctl, err, owner, done)
			    : ctl_report_refused(ctl, err, owner, done);
	user_free(owner);
	return status;
}

enum status
ctl_session_end(struct ctl *ctl)
{
	return ctl_open(ctl, ctl_writing) ? ctl_session_end_of(ctl, NULL, ctl->args[0])
					  : STATUS_FAILED;
}
