/* session_print: prints what is signed in, for a person or a program to read. */
#include "ctl/session_print.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "ctl/ctl.h"

enum { SPAN_SIZE = 24, MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

/* The columns: where each begins, and how wide it may become if there is room. */
static const struct column {
	const char *heading;
	int begin, width;
} columns[] = {
	{ "ID", 0, 22 }, { "KIND", 23, 7 }, { "USER", 31, 14 }, { "CLIENT", 42, 12 },
	{ "NETWORK", 51, 24 }, { "AGE", 70, 4 }, { "IDLE", 75, 4 }, { "LEFT", 80, 4 },
	{ "AGENT", 85, SESSION_PRINT_COLUMNS },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Prints as many characters of text as fit in width, the last as "~" if it is cut. */
static int
print_cut(const char *text, int width)
{
	const uint8_t *at = (const uint8_t *)text;
	const int whole = u8_strwidth(at, "UTF-8");
	const int room = whole <= width ? width : width - 1;
	int printed = 0;
	ucs4_t c;

	for (int len; (len = u8_strmbtouc(&c, at)) > 0; at += len) {
		const int next = uc_width(c, "UTF-8") > 0 ? uc_width(c, "UTF-8") : 0;

		if (printed + next > room)
			break;
		printed += next;
		printf("%.*s", len, (const char *)at);
	}
	if (whole <= width || width <= 0)
		return printed;
	putchar('~');
	return printed + 1;
}

/* Prints a line of the table. A text that is too long moves what follows, as far as it must. */
static void
print_line(const char *const texts[COLUMNS])
{
	int at = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		int left;

		at += printf("%*s", columns[i].begin > at ? columns[i].begin - at : at > 0, "");
		left = SESSION_PRINT_COLUMNS - at;
		at += print_cut(texts[i], columns[i].width < left ? columns[i].width : left);
	}
	putchar('\n');
}

void
session_print_heading(void)
{
	const char *headings[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		headings[i] = columns[i].heading;
	print_line(headings);
}

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
session_print_line(const struct session *session, int64_t now)
{
	char username[CTL_SHOWN_SIZE], client[CTL_SHOWN_SIZE], network[CTL_SHOWN_SIZE];
	char agent[CTL_SHOWN_SIZE], age[SPAN_SIZE], idle[SPAN_SIZE], left[SPAN_SIZE];
	const char *const texts[COLUMNS] = {
		session->id, session->kind, ctl_show(session->username, username),
		ctl_show(session->client_id, client), ctl_show(session->network, network),
		span(now - session->created_at, age), span(now - session->used_at, idle),
		span(session->expires_at - now, left), ctl_show(session->agent, agent),
	};

	print_line(texts);
}

void
session_print_json(const struct session *session)
{
	struct json_object *object = json_object_new_object();	/* owned */
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
	ctl_print_json(json_object_to_json_string_ext(object,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
