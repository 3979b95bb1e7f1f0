/* log: one line an event, to stderr or to syslog. */
#include "log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

enum {
	LINE_SIZE = 2048,
	ROOM_TO_END = sizeof("\"...\n") - 1,	/* always kept free, for what ends a cut line */
};

struct line {
	char text[LINE_SIZE];
	size_t len;
	bool is_cut;
};

static const struct {
	const char *name;
	int priority;
} levels[] = {
	[LEVEL_ERROR] = { "error", LOG_ERR },
	[LEVEL_WARNING] = { "warning", LOG_WARNING },
	[LEVEL_INFO] = { "info", LOG_INFO },
	[LEVEL_DEBUG] = { "debug", LOG_DEBUG },
};

static struct {
	const char *name;
	enum log_target target;
	enum log_level level;
} out = { "bearward", LOG_TO_STDERR, LEVEL_INFO };

/* Appends all of it or cuts the line here: no character, escape or number is ever halved. */
static void
put(struct line *line, const char *text, size_t len)
{
	if (line->is_cut || line->len + len > sizeof(line->text) - ROOM_TO_END) {
		line->is_cut = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void
put_plain(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

/* Appends what ends a line or a quotation, for which there is always room. */
static void
put_end(struct line *line, const char *text)
{
	memcpy(line->text + line->len, text, strlen(text));
	line->len += strlen(text);
}

/* How many bytes the character at text has; 0 when they are not UTF-8. */
static size_t
character_len(const char *text)
{
	size_t left = strnlen(text, 4);

	for (size_t len = 1; len <= left; len++)
		if (text_is_utf8(text, len))
			return len;
	return 0;
}

/* Whether a character may stand as it is: nothing that ends a line or steers a terminal. */
static bool
is_harmless(const char *text, size_t len)
{
	unsigned char first = (unsigned char)text[0];
	unsigned char second = (unsigned char)text[1];

	if (len == 0)
		return false;
	if (len == 1)
		return first >= 0x20 && first != 0x7f && first != '"' && first != '\\';
	if (first == 0xc2 && second < 0xa0)
		return false;				/* C1 */
	return strncmp(text, "\u2028", 3) != 0 && strncmp(text, "\u2029", 3) != 0;
}

static bool
needs_quotes(const char *text)
{
	if (*text == '\0')
		return true;
	while (*text != '\0') {
		size_t len = character_len(text);

		if (!is_harmless(text, len) || *text == ' ' || *text == '=')
			return true;
		text += len;
	}
	return false;
}

static void
put_escaped(struct line *line, const char *text)
{
	char escape[sizeof("\\xNN")];

	while (*text != '\0') {
		size_t len = character_len(text);

		if (is_harmless(text, len)) {
			put(line, text, len);
			text += len;
			continue;
		}
		/* One byte at a time; the rest of a C1 character is then no UTF-8 by itself. */
		snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)(unsigned char)*text++);
		put_plain(line, escape);
	}
}

static void
put_text(struct line *line, const char *text)
{
	if (!needs_quotes(text)) {
		put_escaped(line, text);
		return;
	}
	put_plain(line, "\"");
	if (line->is_cut)
		return;
	put_escaped(line, text);
	put_end(line, "\"");
}

static void
put_field(struct line *line, const struct log_field *field)
{
	char number[32];

	put_plain(line, " ");
	put_plain(line, field->key);
	put_plain(line, "=");
	if (field->text != NULL) {
		put_text(line, field->text);
		return;
	}
	snprintf(number, sizeof(number), "%lld", field->number);
	put_plain(line, number);
}

static void
put_event(struct line *line, const char *event, const struct log_field *fields, size_t count)
{
	put_plain(line, "event=");
	put_text(line, event);
	for (size_t i = 0; i < count && !line->is_cut; i++)
		put_field(line, &fields[i]);
	if (line->is_cut)
		put_end(line, "...");
}

/* Time, level and process: what syslog puts before a line itself. */
static void
put_head(struct line *line, enum log_level level)
{
	time_t now = time(NULL);
	struct tm tm = {0};
	char when[sizeof("2026-01-02T03:04:05Z ")];

	gmtime_r(&now, &tm);
	put(line, when, strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ ", &tm));
	put_plain(line, levels[level].name);
	put_plain(line, " ");
	put_plain(line, out.name);
	put_plain(line, " ");
}

void
log_open(const char *name, enum log_target target, enum log_level level)
{
	out.name = name;
	out.target = target;
	out.level = level;
	if (target == LOG_TO_SYSLOG)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	struct line line = { .len = 0 };
	int saved_errno = errno;
	ssize_t written;

	if (level > out.level)
		return;
	if (out.target == LOG_TO_SYSLOG) {
		put_event(&line, event, fields, count);
		syslog(levels[level].priority, "%.*s", (int)line.len, line.text);
		errno = saved_errno;
		return;
	}

	put_head(&line, level);
	put_event(&line, event, fields, count);
	put_end(&line, "\n");
	do
		written = write(STDERR_FILENO, line.text, line.len);
	while (written < 0 && errno == EINTR);
	errno = saved_errno;
}
