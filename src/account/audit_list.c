/* audit_list: shows what happened. */
#include "account/audit_list.h"

#include <stdlib.h>

struct listing {
	audit_visit *visit;
	void *arg;
};

static enum audit_by
find_by(const struct audits_row *row)
{
	if (*row->actor == '\0')
		return AUDIT_BY_NOBODY;
	if (*row->actor < '0' || *row->actor > '9')
		return AUDIT_BY_COMMAND;
	return strtoll(row->actor, NULL, 10) == row->user_id ? AUDIT_BY_USER : AUDIT_BY_OTHER;
}

static void
visit_row(const struct audits_entry *entry, void *arg)
{
	const struct listing *listing = arg;
	const struct audits_row *row = &entry->row;

	listing->visit(&(struct audit_entry){
		.id = entry->id, .at = row->at, .event = row->event, .user_id = row->user_id,
		.username = entry->username, .by = find_by(row), .actor = row->actor,
		.client_id = row->client_id, .network = row->network, .detail = row->detail,
		.count = row->count }, listing->arg);
}

enum err
audit_list(struct context *context, const struct audits_list *list, audit_visit *visit, void *arg)
{
	return audits_list(context->service->db, list, visit_row,
	    &(struct listing){ visit, arg });
}
