/* user_activity: what is asked first about a user. */
#include "account/user_activity.h"

#include <stdio.h>
#include <string.h>

#include "account/audit_list.h"
#include "account/session.h"

struct search {
	struct user_activity *activity;
	int64_t sign_in;		/* id of the row of the last one */
};

static void
note_sign_in(const struct audit_entry *entry, void *arg)
{
	struct search *search = arg;

	search->sign_in = entry->id;
	search->activity->signed_in_at = entry->at;
	snprintf(search->activity->network, NETWORK_SIZE, "%s", entry->network);
}

static void
count_refused(const struct audit_entry *entry, void *arg)
{
	struct user_activity *activity = arg;

	activity->failed += entry->count;
}

static void
count_session(const struct session *session, void *arg)
{
	struct user_activity *activity = arg;

	if (strcmp(session->kind, "browser") == 0)
		activity->browsers++;
	else
		activity->programs++;
}

enum err
user_activity_find(struct context *context, const struct user *user,
    struct user_activity *activity)
{
	struct search search = { .activity = activity };
	struct audits_list list = {
		.user_id = user->id, .event = "sign-in", .order = AUDITS_NEWEST_FIRST, .limit = 1,
	};
	enum err err;

	*activity = (struct user_activity){0};
	if ((err = audit_list(context, &list, note_sign_in, &search)) != ERR_OK)
		return err;
	list = (struct audits_list){
		.user_id = user->id, .event = "refused", .after = search.sign_in,
		.order = AUDITS_OLDEST_FIRST, .limit = INT64_MAX,
	};
	if ((err = audit_list(context, &list, count_refused, activity)) != ERR_OK)
		return err;
	return session_list(context, user, NULL, INT64_MAX, count_session, activity);
}
