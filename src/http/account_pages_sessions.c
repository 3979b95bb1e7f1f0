/* account_pages_sessions: shows what somebody is signed in with, and ends it. */
#include "http/account_pages.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/self.h"
#include "account/session.h"
#include "http/account_page.h"
#include "http/page_agent.h"
#include "http/page_moment.h"

/* As many as 32 KiB have room for (protocol section 42), with the longest names of clients. */
enum { SHOWN = 30, ROW_VALUES = 12, CLIENT_SIZE = 256 };

struct row {
	char id[SESSION_ID_SIZE], client[CLIENT_SIZE], network[NETWORK_SIZE];
	struct page_agent agent;
	struct page_moment since, used;
	struct page_value values[ROW_VALUES];
};

/* One more is asked for than is shown, to know whether there are more. */
struct listing {
	struct context *context;
	const char *current;		/* id of this browser's; borrowed */
	struct row *rows;		/* owned: SHOWN */
	const struct page_value *items[SHOWN + 1];
	size_t count;
	bool has_more;
};

static void
fill_row(const struct listing *listing, const struct session *session, struct row *row)
{
	const bool is_here = strcmp(session->id, listing->current) == 0;
	const bool is_program = strcmp(session->kind, "program") == 0;
	/* What every program has where no client is registered says nothing of this one. */
	const bool is_named = strcmp(session->client_id,
	    listing->context->service->config->client_id) != 0;
	size_t n = 0;

	memcpy(row->id, session->id, sizeof(row->id));
	snprintf(row->client, sizeof(row->client), "%s", session->client_id);
	snprintf(row->network, sizeof(row->network), "%s", session->network);
	page_agent_fill(&row->agent, session->agent);
	page_moment_date(&row->since, session->created_at);
	page_moment_ago(&row->used, session->used_at, listing->context->now);
	row->values[n++] = (struct page_value){ .name = "id", .text = row->id };
	row->values[n++] = row->agent.program;
	row->values[n++] = row->agent.system;
	row->values[n++] = (struct page_value){
		.name = "is_program", .text = is_program ? "1" : "" };
	row->values[n++] = (struct page_value){
		.name = "client", .text = is_named ? row->client : "" };
	row->values[n++] = (struct page_value){ .name = "network",
		.text = strcmp(row->network, "-") == 0 ? "" : row->network };
	row->values[n++] = (struct page_value){ .name = "since", .items = row->since.items };
	row->values[n++] = (struct page_value){ .name = "used", .items = row->used.items };
	row->values[n++] = (struct page_value){ .name = "here", .text = is_here ? "1" : "" };
	row->values[n] = (struct page_value){0};
}

static void
take_row(const struct session *session, void *arg)
{
	struct listing *listing = arg;

	if (listing->count == SHOWN) {
		listing->has_more = true;
		return;
	}
	fill_row(listing, session, &listing->rows[listing->count]);
	listing->items[listing->count] = listing->rows[listing->count].values;
	listing->count++;
}

/* Lists from behind the one whose id is `after`; from the first where that has ended by now. */
static enum err
list(struct context *context, const struct account_visit *visit, const char *after,
    struct listing *listing)
{
	enum err err = ERR_REFUSED;

	if (after != NULL)
		err = session_list(context, visit->browser.user, after, SHOWN + 1, take_row,
		    listing);
	if (err == ERR_REFUSED)
		err = session_list(context, visit->browser.user, NULL, SHOWN + 1, take_row,
		    listing);
	return err;
}

static enum err
show(struct context *context, const struct request *request, const struct account_visit *visit,
    struct reply *reply)
{
	struct listing listing = { .context = context, .current = visit->browser.id };
	char *after = NULL;	/* owned */
	enum err err = wire_query_find(request->wire, "after", &after);

	if (err == ERR_OK && (listing.rows = calloc(SHOWN, sizeof(*listing.rows))) == NULL)
		err = ERR_MEMORY;
	if (err == ERR_OK)
		err = list(context, visit, after, &listing);
	if (err == ERR_OK)
		err = account_page_put(context, request, visit, "account_sessions",
		    (const struct page_value[]){
			{ .name = "sessions", .items = listing.items },
			{ .name = "older",
			  .text = listing.has_more ? listing.rows[SHOWN - 1].id : "" },
			{0} }, reply);
	free(listing.rows);
	free(after);
	return err;
}

/* Whoever has ended this browser's own session is not signed in any more. */
static enum err
end(struct context *context, const struct request *request, const struct account_visit *visit,
    struct reply *reply)
{
	const char *which = form_find(&request->form, "end"), *current = visit->browser.id;
	enum err err;

	if (which == NULL)
		return ERR_NO_SESSION;
	if ((err = self_end(context, visit->browser.user, which, current)) != ERR_OK)
		return err;
	if (strcmp(which, "all") == 0)
		return account_page_left(request, "account/sessions", "everywhere", reply);
	if (strcmp(which, current) == 0)
		return account_page_left(request, "account/sessions", "out", reply);
	return account_page_done(request, "account/sessions",
	    strcmp(which, "others") == 0 ? "others" : "session", reply);
}

enum err
account_pages_sessions(struct context *context, const struct request *request,
    struct reply *reply)
{
	static const struct account_page page = { show, end };

	return account_page_answer(context, request, &page, reply);
}
