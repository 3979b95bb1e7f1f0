/* session_print: prints what is signed in, for a person or a program to read. */
#include "ctl/session_print.h"

#include <json-c/json.h>
#include <stdio.h>

#include "ctl/ctl.h"

enum { SPAN_SIZE = 24, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

const struct table_column session_print_columns[SESSION_PRINT_COLUMNS] = {
	{ "ID", TABLE_WHOLE }, { "KIND", TABLE_WHOLE }, { "USER", TABLE_WHOLE },
	{ "CLIENT", TABLE_CUT }, { "NETWORK", TABLE_WHOLE }, { "AGE", TABLE_WHOLE },
	{ "IDLE", TABLE_WHOLE }, { "LEFT", TABLE_WHOLE }, { "AGENT", TABLE_CUT },
};

/* Writes a number of seconds as a person says it: "59s", "59m", "23h", "30d". */
static const char *
span(int64_t seconds, char text[SPAN_SIZE])
{
	static const struct { int64_t seconds; char unit; } units[] = {
		{ DAY, 'd' }, { HOUR, 'h' }, { MINUTE, 'm' }, { 1, 's' },
	};
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	snprintf(text, SPAN_SIZE, "%lld%c", (long long)(seconds / units[i].seconds),
	    units[i].unit);
	return text;
}

void
session_print_line(const struct session *session, int64_t now, struct table *table)
{
	char age[SPAN_SIZE], idle[SPAN_SIZE], left[SPAN_SIZE];

	table_add(table, (const char *const[SESSION_PRINT_COLUMNS]){
	    session->id, session->kind, session->username, session->client_id, session->network,
	    span(now - session->created_at, age), span(now - session->used_at, idle),
	    span(session->expires_at - now, left), session->agent });
}

void
session_print_json(const struct session *session)
{
	struct json_object *object = json_object_new_object();	/* taken */
	const struct { const char *name, *text; } texts[] = {
		{ "id", session->id }, { "kind", session->kind },
		{ "username", session->username }, { "client_id", session->client_id },
		{ "scope", session->scope }, { "network", session->network },
		{ "agent", session->agent },
	};
	const struct { const char *name; int64_t at; } moments[] = {
		{ "created_at", session->created_at }, { "last_used_at", session->used_at },
		{ "expires_at", session->expires_at },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_object_add(object, texts[i].name,
		    json_object_new_string(texts[i].text));
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		json_object_object_add(object, moments[i].name,
		    json_object_new_int64(moments[i].at));
	ctl_print_object(object);
}
