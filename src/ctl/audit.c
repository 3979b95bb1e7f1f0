/* audit: bearward audit. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/audit.h"
#include "account/audit_list.h"
#include "account/find.h"
#include "ctl/ctl.h"
#include "ctl/options.h"
#include "ctl/table.h"
#include "text/user_cell.h"

enum { FOLLOW_EVERY = 1000, FOLLOW_FIRST = 10, NUMBER_SIZE = 24 };	/* ms, rows, bytes */

static const struct table_column columns[] = {
	{ "WHEN", TABLE_WHOLE }, { "EVENT", TABLE_WHOLE }, { "USER", TABLE_WHOLE },
	{ "BY", TABLE_CUT }, { "NETWORK", TABLE_WHOLE }, { "COUNT", TABLE_NUMBER },
	{ "DETAIL", TABLE_CUT },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct printing {
	int64_t last;			/* id of what was printed last */
	struct table table;
};

/* Returns how the user is shown to whom it happened: deleted ones have only their number. */
static const char *
show_user(const struct audit_entry *entry, char shown[NUMBER_SIZE])
{
	if (*entry->username != '\0')
		return entry->username;
	snprintf(shown, NUMBER_SIZE, "#%" PRId64, entry->user_id);
	return entry->user_id != 0 ? shown : "";
}

static const char *
show_by(const struct audit_entry *entry, char shown[NUMBER_SIZE])
{
	switch (entry->by) {
	case AUDIT_BY_NOBODY:
		return "";
	case AUDIT_BY_USER:
		return "user";
	case AUDIT_BY_OTHER:
		snprintf(shown, NUMBER_SIZE, "#%.20s", entry->actor);
		return shown;
	case AUDIT_BY_COMMAND:
		return entry->actor;
	}
	return "";
}

static void
print_line(const struct audit_entry *entry, struct table *table)
{
	char when[CTL_TIME_SIZE], user[NUMBER_SIZE], by[NUMBER_SIZE], count[NUMBER_SIZE];

	snprintf(count, sizeof(count), "%" PRId64, entry->count);
	table_add(table, (const char *const[COLUMNS]){
	    ctl_show_time(entry->at, when), entry->event, show_user(entry, user),
	    show_by(entry, by), entry->network, count, entry->detail });
}

static void
print_json(const struct audit_entry *entry)
{
	struct json_object *object = json_object_new_object();	/* taken */
	const struct { const char *name, *text; int64_t number; } members[] = {
		{ "id", NULL, entry->id }, { "at", NULL, entry->at }, { "event", entry->event, 0 },
		{ "user_id", NULL, entry->user_id }, { "username", entry->username, 0 },
		{ "actor", entry->actor, 0 }, { "client_id", entry->client_id, 0 },
		{ "network", entry->network, 0 }, { "detail", entry->detail, 0 },
		{ "count", NULL, entry->count },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_object_object_add(object, members[i].name, members[i].text != NULL
		    ? json_object_new_string(members[i].text)
		    : json_object_new_int64(members[i].number));
	/* It happened to no user, or to one who is not known. */
	if (entry->user_id == 0)
		json_object_object_add(object, "user_id", NULL);
	ctl_print_object(object);
}

static void
print_as_asked(const struct audit_entry *entry, void *arg)
{
	struct printing *printing = arg;

	printing->last = entry->id;
	if (printing->table.is_json)
		print_json(entry);
	else
		print_line(entry, &printing->table);
}

/* ---- what was asked for */

/* Reads a span, "90s", "24h" or "7d", back from now, or else a date, which may have a time. */
static bool
read_since(const char *typed, int64_t now, int64_t *since)
{
	const struct user_cell cell = {
		.type = USER_CELL_TEXT, .data = typed, .len = strlen(typed),
	};
	int64_t span;

	if (options_read_span(typed, &span)) {
		*since = now - span;
		return true;
	}
	*since = user_cell_moment(&cell);
	return *since > 0;
}

/* Finds the user who was named: by the name, or, also when deleted, by "#" and the number. */
static enum status
find_user_named(struct ctl *ctl, const char *typed, int64_t *user_id)
{
	char shown[CTL_SHOWN_SIZE];
	struct user *user = NULL;	/* owned */
	const enum err err = find_user(&ctl->context, typed, &user);

	if (err != ERR_OK)
		return ctl_fail_for(err);
	*user_id = user != NULL ? user->id : 0;
	user_free(user);
	if (*user_id != 0 || (*typed == '#' && options_read_number(typed + 1, 1, user_id)))
		return STATUS_DONE;
	return ctl_fail("there is no user \"%s\"; one who was deleted is found by the number, "
	    "--user '#12'", ctl_show(typed, shown));
}

static void
list_events(void)
{
	for (const char *const *event = audit_events; *event != NULL; event++)
		fprintf(stderr, "%s%s", event == audit_events ? "events: " : ", ", *event);
	fputc('\n', stderr);
}

/* Reads what can be read without the database. */
static enum status
read_options(const struct ctl *ctl, struct audits_list *list)
{
	const char *since = ctl->typed[OPT_SINCE], *event = ctl->typed[OPT_EVENT];

	if (since != NULL && !read_since(since, ctl->context.now, &list->since))
		return ctl_refuse_usage("audit", "option --since needs a date such as "
		    "2026-11-01, with a time (UTC) 2026-11-01T12:00, or a span: 24h, 7d");
	if (event != NULL && !audit_is_event(event)) {
		const enum status status = ctl_refuse_usage("audit",
		    "no event is called so; --event needs one, or whole words of it");

		list_events();
		return status;
	}
	list->event = event != NULL ? event : "";
	if (ctl->typed[OPT_LIMIT] != NULL)
		list->newest = ctl->limit;
	else if (ctl->typed[OPT_FOLLOW] != NULL && since == NULL)
		list->newest = FOLLOW_FIRST;
	return STATUS_DONE;
}

/* Prints what there is. */
static enum status
print(struct ctl *ctl, const struct audits_list *list, struct printing *printing)
{
	const enum err err = audit_list(&ctl->context, list, print_as_asked, printing);

	table_flush(&printing->table);
	if (err != ERR_OK)
		return ctl_fail_for(err);
	return fflush(stdout) == 0 ? STATUS_DONE
	    : ctl_fail("cannot write the output: %s", strerror(errno));
}

/* Waits a while. Returns false when nobody reads what is printed any more. */
static bool
wait_while_read(void)
{
	struct pollfd reader = { STDOUT_FILENO, 0, 0 };

	return poll(&reader, 1, FOLLOW_EVERY) <= 0;
}

/* Prints what there is, and what comes. */
static enum status
follow(struct ctl *ctl, struct audits_list *list)
{
	struct printing printing = {0};
	enum status status;

	table_init(&printing.table, ctl, columns, COLUMNS);
	status = print(ctl, list, &printing);
	list->newest = 0;
	while (status == STATUS_DONE && ctl->typed[OPT_FOLLOW] != NULL && wait_while_read()) {
		list->after = printing.last;
		status = print(ctl, list, &printing);
	}
	return status;
}

enum status
ctl_audit(struct ctl *ctl)
{
	struct audits_list list = { .order = AUDITS_OLDEST_FIRST, .limit = INT64_MAX };
	enum status status = read_options(ctl, &list);

	if (status != STATUS_DONE)
		return status;
	if (!ctl_open(ctl, ctl_reading))
		return STATUS_FAILED;
	if (ctl->typed[OPT_USER] != NULL)
		status = find_user_named(ctl, ctl->typed[OPT_USER], &list.user_id);
	return status == STATUS_DONE ? follow(ctl, &list) : status;
}
