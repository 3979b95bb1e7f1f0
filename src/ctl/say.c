/* say: what the command tells a person, and how. */
#include "ctl/ctl.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistr.h>

#include "base/escape.h"

enum status
ctl_fail(const char *format, ...)
{
	va_list args;

	fputs("bearward: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
	return STATUS_FAILED;
}

enum status
ctl_refuse_usage(const char *command, const char *fault)
{
	(void)ctl_fail("%s: %s", command, fault);
	return STATUS_USAGE;
}

/* Of storage and set-up the library has logged the cause by now: its line stands above ours. */
static const struct {
	enum err err;
	const char *text;
} meanings[] = {
	{ ERR_STORAGE, "the database refused; the line above says why, and nothing was changed" },
	{ ERR_SETUP, "not ready; the line above says what to do. `bearward init` makes what is "
		     "missing" },
	{ ERR_OVERLOADED, "this host hashes as many passwords as it may; try again in a moment" },
	{ ERR_NO_USER, "this user has just been deleted" },
	{ ERR_CONFLICT, "another user has this email address, and the application whose table of "
			"users this was wants each only once; nothing was changed" },
	{ ERR_REFERENCED, "tables of the application refer to this user: delete there what "
			  "belongs to the user first, or disable the user; nothing was changed" },
	{ ERR_NAME_TAKEN, "a user of this name exists already; see `bearward user list`" },
};

enum status
ctl_fail_for(enum err err)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].err == err)
			return ctl_fail("%s", meanings[i].text);
	return ctl_fail("%s", err_name(err));
}

enum status
ctl_fail_with_faults(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		(void)ctl_fail("%s; nothing was changed", faults->list[i].message);
	return STATUS_FAILED;
}

const char *
ctl_show(const char *text, char shown[CTL_SHOWN_SIZE])
{
	return escape_text(*text != '\0' ? text : "-", shown, CTL_SHOWN_SIZE);
}

/* A character of JSON as \uNNNN, or two of them (RFC 8259, section 7). Returns its bytes. */
static size_t
print_as_escape(const char *json)
{
	ucs4_t c;
	const int len = u8_mbtouc(&c, (const uint8_t *)json, strlen(json));

	if (c >= 0x10000)
		printf("\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else
		printf("\\u%04x", c);
	return (size_t)len;
}

/* Returns how much of JSON is ASCII, which is escaped as it must be, but for what deletes. */
static size_t
escaped_len(const char *json)
{
	size_t len = 0;

	while (json[len] != '\0' && (unsigned char)json[len] < 0x7f)
		len++;
	return len;
}

void
ctl_print_json(const char *json)
{
	char unit[ESCAPE_SIZE];

	for (size_t len; *json != '\0'; json += len) {
		if ((len = escaped_len(json)) == 0 && (len = escape_next(json, unit)) > 0 &&
		    *unit == '\\')
			len = print_as_escape(json);
		else
			fwrite(json, 1, len, stdout);
	}
}

void
ctl_print_object(struct json_object *object)
{
	ctl_print_json(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
	    JSON_C_TO_STRING_NOSLASHESCAPE));
	putchar('\n');
	json_object_put(object);
}

const char *
ctl_show_time(int64_t moment, char shown[CTL_TIME_SIZE])
{
	time_t when = (time_t)moment;
	struct tm tm = {0};

	if (moment == 0 || gmtime_r(&when, &tm) == NULL ||
	    strftime(shown, CTL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return "-";
	return shown;
}
