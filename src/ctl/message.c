/* message: delivers messages of which a command is the cause. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/delivery.h"
#include "ctl/ctl.h"

/* What delivers waits for a child, and writes to it. */
static enum err
run(struct ctl *ctl, int64_t only, struct delivery *delivery)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	fflush(stdout);
	return delivery_run(&ctl->service, only, -1, delivery);
}

void
ctl_deliver_message(struct ctl *ctl)
{
	struct delivery delivery = {0};

	if (ctl->context.message_id == 0)
		return;
	if (run(ctl, ctl->context.message_id, &delivery) != ERR_OK || delivery.failed > 0)
		(void)ctl_fail("the message to the user could not be sent, and will be tried "
		    "again; see above, and the setting notify");
}

void
ctl_deliver_due(struct ctl *ctl)
{
	struct delivery delivery = {0};

	if (run(ctl, 0, &delivery) != ERR_OK || delivery.failed > 0)
		(void)ctl_fail("messages could not be sent, and will be tried again; see above, "
		    "and the setting notify");
	if (delivery.sent > 0)
		printf("%lld message%s sent\n", (long long)delivery.sent,
		    delivery.sent == 1 ? "" : "s");
}

bool
ctl_find_notify_fault(const struct config *config, char fault[CTL_NOTIFY_FAULT_SIZE])
{
	char program[PATH_MAX];
	struct stat st;
	int reason = 0;

	if (*config->notify == '\0')
		return false;
	snprintf(program, sizeof(program), "%.*s", (int)strcspn(config->notify, " \t"),
	    config->notify);
	if (stat(program, &st) != 0 || access(program, X_OK) != 0)
		reason = errno;
	else if (!S_ISREG(st.st_mode))
		reason = EISDIR;
	if (reason != 0)
		snprintf(fault, CTL_NOTIFY_FAULT_SIZE, "notify = %s: the program cannot be run: "
		    "%s", config->notify, strerror(reason));
	return reason != 0;
}

bool
ctl_check_notify(const struct config *config)
{
	char fault[CTL_NOTIFY_FAULT_SIZE];

	if (!ctl_find_notify_fault(config, fault))
		return true;
	(void)ctl_fail("%s", fault);
	return false;
}
