/* user_list: users, one a line. */
#include "ctl.h"
#include "user_print.h"

enum { PAGE = 1000 };	/* so that a million users pass through the memory of a few */

struct listing {
	void (*print)(const struct user *user);
	long count;		/* of the page */
};

static void
visit(const struct user *user, void *arg)
{
	struct listing *listing = arg;

	listing->print(user);
	listing->count++;
}

enum status
ctl_user_list(struct ctl *ctl)
{
	struct listing listing = { .print = ctl->options & OPT_JSON ? user_print_json
								       : user_print_line };
	struct service service;
	int64_t after = ctl->after, left = ctl->limit;
	long page;
	enum err err;

	if (!ctl_open(ctl, NEED_READING, &service))
		return STATUS_FAILED;
	do {
		page = left < PAGE ? (long)left : PAGE;
		listing.count = 0;
		err = store_list_users(service.store, after, page, visit, &listing, &after);
		left -= page;
	} while (err == ERR_OK && listing.count == page && left > 0);
	service_close(&service);
	return err == ERR_OK ? STATUS_DONE : ctl_fail_for(err);
}
