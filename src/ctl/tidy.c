/* tidy: bearward tidy. */
#include <inttypes.h>
#include <stdio.h>

#include "account/manage.h"
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/key_tell.h"

enum { PROGRESS_EVERY = 1000 };		/* milliseconds */

struct progress {
	int64_t removed;	/* rows */
	int64_t shown_at;	/* of clock_ms() */
};

static void
show_progress(int64_t removed, void *arg)
{
	struct progress *progress = arg;

	progress->removed = removed;
	if (clock_ms() < progress->shown_at + PROGRESS_EVERY)
		return;
	progress->shown_at = clock_ms();
	fprintf(stderr, "%" PRId64 " expired rows removed so far\n", removed);
}

static enum status
remove_gone_keys(struct ctl *ctl)
{
	bool has_any;
	enum err err = manage_find_keys(&ctl->context, &has_any);

	if (err == ERR_OK && has_any)
		err = manage_remove_gone_keys(&ctl->context, key_tell_of_gone, NULL);
	return err == ERR_OK ? STATUS_DONE : ctl_fail("keys whose time is over may still be "
	    "there; the line above says why");
}

enum status
ctl_tidy(struct ctl *ctl)
{
	static const struct resource *const resources[] = {
		&resource_database_writing, &resource_seen, &resource_counters, NULL
	};
	struct progress progress = { .shown_at = clock_ms() };
	enum err err;

	if (!ctl_open(ctl, resources))
		return STATUS_FAILED;
	err = manage_tidy(&ctl->context, show_progress, &progress);
	if (err == ERR_STORAGE)
		return ctl_fail("the database refused after %" PRId64 " rows were removed; the "
		    "line above says why", progress.removed);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	printf("%" PRId64 " expired row%s removed\n", progress.removed,
	    progress.removed == 1 ? "" : "s");
	ctl_deliver_due(ctl);
	return remove_gone_keys(ctl);
}
