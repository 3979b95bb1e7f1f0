/* account_pages_activity: shows somebody what happened with the own account. */
#include "http/account_pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/audit_list.h"
#include "http/account_page.h"
#include "http/page_moment.h"

/* ---- In words */

/* What happens to users; detail NULL: whatever its detail is. */
static const struct { const char *event, *detail, *word; } events[] = {
	{ "sign-in", "program", "event_sign_in_program" },
	{ "sign-in", NULL, "event_sign_in" },
	{ "sign-out", "everywhere", "event_sign_out_everywhere" },
	{ "sign-out", NULL, "event_sign_out" },
	{ "refused", "wrong_password", "event_wrong_password" },
	{ "refused", NULL, "event_refused" },
	{ "budget reached", NULL, "event_budget_reached" },
	{ "attempts forgiven", NULL, "event_attempts_forgiven" },
	{ "session ended", NULL, "event_session_ended" },
	{ "grant ended", NULL, "event_grant_ended" },
	{ "refresh ended", NULL, "event_grant_ended" },
	{ "token revoked", NULL, "event_grant_ended" },
	{ "reuse", NULL, "event_reuse" },
	{ "password changed", NULL, "event_password_changed" },
	{ "profile changed", NULL, "event_profile_changed" },
	{ "groups changed", NULL, "event_rights_changed" },
	{ "scope changed", NULL, "event_rights_changed" },
	{ "link made", NULL, "event_link_made" },
	{ "link used", NULL, "event_link_used" },
	{ "data exported", NULL, "event_data_exported" },
	{ "user made", NULL, "event_user_made" },
	{ "user disabled", NULL, "event_user_disabled" },
	{ "user enabled", NULL, "event_user_enabled" },
};

static const char *
event_word(const struct audit_entry *entry)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].event, entry->event) == 0 && (events[i].detail == NULL ||
		    strcmp(events[i].detail, entry->detail) == 0))
			return events[i].word;
	return "event_other";
}

/* Why something ended that had not been ended by hand; NULL: it goes without saying. */
static const char *
why_word(const struct audit_entry *entry)
{
	static const struct { const char *detail, *word; } whys[] = {
		{ "room", "why_room" }, { "signed in again", "why_signed_in_again" },
		{ "password changed", "why_password_changed" }, { "reuse", "why_reuse" },
	};

	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++)
		if (strcmp(whys[i].detail, entry->detail) == 0 &&
		    strcmp(entry->detail, entry->event) != 0)
			return whys[i].word;
	return NULL;
}

static const char *
by_word(enum audit_by by)
{
	switch (by) {
	case AUDIT_BY_COMMAND: return "by_administrator";
	case AUDIT_BY_OTHER: return "by_other";
	case AUDIT_BY_USER:
	case AUDIT_BY_NOBODY: break;
	}
	return NULL;
}

/* ---- The page */

enum { SHOWN = 50, ROW_VALUES = 8, NUMBER_SIZE = 24 };

struct row {
	char network[NETWORK_SIZE], count[NUMBER_SIZE];
	struct page_moment at;
	struct page_value values[ROW_VALUES];
};

/* One more is asked for than is shown, to know whether there are more. */
struct listing {
	struct row *rows;		/* owned: SHOWN */
	const struct page_value *items[SHOWN + 1];
	size_t count;
	int64_t last;			/* the id of the last that is shown */
	char older[NUMBER_SIZE];	/* that as text, where there are more; else "" */
};

static void
fill_row(const struct audit_entry *entry, struct row *row)
{
	size_t n = 0;

	snprintf(row->network, sizeof(row->network), "%s",
	    strcmp(entry->network, "-") == 0 ? "" : entry->network);
	if (entry->count > 1)
		snprintf(row->count, sizeof(row->count), "%" PRId64, entry->count);
	page_moment_date(&row->at, entry->at);
	row->values[n++] = (struct page_value){ .name = "what", .word = event_word(entry) };
	row->values[n++] = (struct page_value){ .name = "why", .word = why_word(entry) };
	row->values[n++] = (struct page_value){ .name = "times", .text = row->count };
	row->values[n++] = (struct page_value){ .name = "by", .word = by_word(entry->by) };
	row->values[n++] = (struct page_value){ .name = "network", .text = row->network };
	row->values[n++] = (struct page_value){ .name = "since", .items = row->at.items };
	row->values[n] = (struct page_value){0};
}

static void
take_row(const struct audit_entry *entry, void *arg)
{
	struct listing *listing = arg;

	if (listing->count == SHOWN) {
		snprintf(listing->older, NUMBER_SIZE, "%" PRId64, listing->last);
		return;
	}
	fill_row(entry, &listing->rows[listing->count]);
	listing->items[listing->count] = listing->rows[listing->count].values;
	listing->count++;
	listing->last = entry->id;
}

/* Lists from behind the row of a number, which `after` is; NULL, or no number: from the newest. */
static enum err
list(struct context *context, const struct account_visit *visit, const char *after,
    struct listing *listing)
{
	const long long number = after == NULL ? 0 : strtoll(after, NULL, 10);
	const struct audits_list wanted = {
		.user_id = visit->browser.user->id, .event = "", .order = AUDITS_NEWEST_FIRST,
		.after = number > 0 ? number : 0, .limit = SHOWN + 1,
	};

	return audit_list(context, &wanted, take_row, listing);
}

static enum err
show(struct context *context, const struct request *request, const struct account_visit *visit,
    struct reply *reply)
{
	struct listing listing = {0};
	char *after = NULL;	/* owned */
	enum err err = wire_query_find(request->wire, "after", &after);

	if (err == ERR_OK && (listing.rows = calloc(SHOWN, sizeof(*listing.rows))) == NULL)
		err = ERR_MEMORY;
	if (err == ERR_OK)
		err = list(context, visit, after, &listing);
	if (err == ERR_OK)
		err = account_page_put(context, request, visit, "account_activity",
		    (const struct page_value[]){
			{ .name = "events", .items = listing.items },
			{ .name = "older", .text = listing.older },
			{0} }, reply);
	free(listing.rows);
	free(after);
	return err;
}

enum err
account_pages_activity(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { .show = show };

	return account_page_answer(context, request, &page, reply);
}
