/* log: writes one line for each event, to stderr or to syslog. */
#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"

enum {
	NOTHING = -1,			/* is as important as that */
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
	char name[32];
	int to_stderr, to_syslog;	/* the least important that goes there */
} out = { "bearward", LEVEL_INFO, NOTHING };

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

static bool
needs_quotes(const char *text)
{
	char unit[ESCAPE_SIZE];

	if (strpbrk(text, " =") != NULL || *text == '\0')
		return true;
	while (*text != '\0') {
		size_t len = escape_next(text, unit);

		if (len != strlen(unit))	/* escaped */
			return true;
		text += len;
	}
	return false;
}

static void
put_escaped(struct line *line, const char *text)
{
	char unit[ESCAPE_SIZE];

	while (*text != '\0') {
		text += escape_next(text, unit);
		put_plain(line, unit);
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
log_add(enum log_target target, enum log_level level)
{
	if (target == LOG_TO_STDERR) {
		out.to_stderr = (int)level;
		return;
	}
	out.to_syslog = (int)level;
	openlog(out.name, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

void
log_open(const char *name, enum log_target target, enum log_level level)
{
	snprintf(out.name, sizeof(out.name), "%s", name);
	out.to_stderr = out.to_syslog = NOTHING;
	log_add(target, level);
}

static void
write_to_syslog(enum log_level level, const char *event, const struct log_field *fields,
    size_t count)
{
	struct line line = { .len = 0 };

	put_event(&line, event, fields, count);
	syslog(levels[level].priority, "%.*s", (int)line.len, line.text);
}

static void
write_to_stderr(enum log_level level, const char *event, const struct log_field *fields,
    size_t count)
{
	struct line line = { .len = 0 };
	ssize_t written;

	put_head(&line, level);
	put_event(&line, event, fields, count);
	put_end(&line, "\n");
	do
		written = write(STDERR_FILENO, line.text, line.len);
	while (written < 0 && errno == EINTR);
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	int saved_errno = errno;

	if ((int)level <= out.to_syslog)
		write_to_syslog(level, event, fields, count);
	if ((int)level <= out.to_stderr)
		write_to_stderr(level, event, fields, count);
	errno = saved_errno;
}
