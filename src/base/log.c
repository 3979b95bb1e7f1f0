/* log: writes one line for each event, to stderr, syslog or the journal. */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log_journal.h"
#include "base/log_limit.h"
#include "base/log_sink.h"

enum {
	SINKS = 3,
	NOTHING = -1,			/* is as important as that */
	MAINTAINING_MS = 100,		/* for lines that wait while somebody reads them */
	CLOSING_MS = 500,		/* for lines that wait when the process ends */
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
	int to_stderr, to_syslog, to_journal;	/* the least important that goes there */
	pthread_mutex_t mutex;		/* guards what follows */
	bool is_open;
	struct log_sink stderr_sink, syslog_sink, journal_sink;
	struct log_limit limit;
} out = { "bearward", LEVEL_INFO, NOTHING, NOTHING, .mutex = PTHREAD_MUTEX_INITIALIZER };

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

/* Time, level and process. */
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

/* Before anything is opened, lines go to stderr. */
static void
init_sinks(void)
{
	if (out.is_open)
		return;
	log_sink_init(&out.stderr_sink, NULL);
	log_sink_init(&out.syslog_sink, LOG_SINK_SYSLOG);
	log_sink_init(&out.journal_sink, LOG_SINK_JOURNAL);
	out.is_open = true;
}

/* Where a target leads to the journal, lines go there by its own protocol, with their fields. */
static bool
goes_to_journal(enum log_target target)
{
	if (target == LOG_TO_STDERR ? !log_journal_has_stderr() : !log_journal_has_syslog())
		return false;
	return out.to_journal != NOTHING || log_sink_open(&out.journal_sink, LOG_SINK_JOURNAL);
}

void
log_add(enum log_target target, enum log_level level)
{
	(void)pthread_mutex_lock(&out.mutex);
	init_sinks();
	if (goes_to_journal(target))
		out.to_journal = out.to_journal > (int)level ? out.to_journal : (int)level;
	else if (target == LOG_TO_STDERR)
		out.to_stderr = (int)level;
	else
		out.to_syslog = (int)level;
	(void)pthread_mutex_unlock(&out.mutex);
	/* The zone is read from a file, which may be out of reach later. */
	tzset();
}

void
log_open(const char *name, enum log_target target, enum log_level level)
{
	snprintf(out.name, sizeof(out.name), "%s", name);
	out.to_stderr = out.to_syslog = out.to_journal = NOTHING;
	log_add(target, level);
}

/* Writes the line to syslog, with a head of its own (RFC 3164, in local time) before the event. */
static void
write_to_syslog(enum log_level level, const char *event, size_t len)
{
	time_t now = time(NULL);
	struct tm tm = {0};
	char when[sizeof("Jan  2 03:04:05")], text[LINE_SIZE + 128];
	int all;

	localtime_r(&now, &tm);
	(void)strftime(when, sizeof(when), "%b %e %H:%M:%S", &tm);
	all = snprintf(text, sizeof(text), "<%d>%s %s[%ld]: %.*s",
	    LOG_AUTHPRIV | levels[level].priority, when, out.name, (long)getpid(), (int)len,
	    event);
	log_sink_write(&out.syslog_sink, text, (size_t)all);
}

static void
write_to_journal(enum log_level level, const char *event, size_t len)
{
	const struct log_journal_line line = { out.name, levels[level].priority, event, len };
	char fields[3 * LINE_SIZE];

	log_sink_write(&out.journal_sink, fields, log_journal_write(&line, fields,
	    sizeof(fields)));
}

static void
write_to_stderr(struct line *line)
{
	put_end(line, "\n");
	log_sink_write(&out.stderr_sink, line->text, line->len);
}

/* Writes a line to each target that wants it; its event begins at event_at. */
static void
write_line(enum log_level level, struct line *line, size_t event_at)
{
	if ((int)level <= out.to_journal)
		write_to_journal(level, line->text + event_at, line->len - event_at);
	if ((int)level <= out.to_syslog)
		write_to_syslog(level, line->text + event_at, line->len - event_at);
	if ((int)level <= out.to_stderr)
		write_to_stderr(line);
}

/* Writes a line that stands for all of its kind that were held back. */
static void
write_repeat(const struct log_repeat *repeat)
{
	struct line line = { .len = 0 };
	char count[sizeof(" repeated=18446744073709551615")];
	size_t event_at;

	put_head(&line, (enum log_level)repeat->level);
	event_at = line.len;
	put(&line, repeat->text, repeat->len);
	snprintf(count, sizeof(count), " repeated=%lu", repeat->held);
	put_plain(&line, count);
	write_line((enum log_level)repeat->level, &line, event_at);
}

static void
write_repeats(int64_t now)
{
	struct log_repeat due;

	while (log_limit_take_due(&out.limit, now, &due))
		write_repeat(&due);
}

/* Says in the place itself what was lost there, whatever its level. */
static void
report_lost(struct log_sink *sink)
{
	const unsigned long lost = log_sink_take_lost(sink);
	const struct log_field field = LOG_NUMBER("lines", (long long)lost);
	struct line line = { .len = 0 };
	size_t event_at;

	if (lost == 0)
		return;
	put_head(&line, LEVEL_WARNING);
	event_at = line.len;
	put_event(&line, "log lines lost", &field, 1);
	if (sink == &out.journal_sink)
		write_to_journal(LEVEL_WARNING, line.text + event_at, line.len - event_at);
	else if (sink == &out.syslog_sink)
		write_to_syslog(LEVEL_WARNING, line.text + event_at, line.len - event_at);
	else
		write_to_stderr(&line);
	/* The report itself was lost. */
	if (sink->lost > 0)
		sink->lost += lost - 1;
}

static void
flush(void)
{
	(void)log_sink_flush(&out.journal_sink);
	(void)log_sink_flush(&out.syslog_sink);
	(void)log_sink_flush(&out.stderr_sink);
	report_lost(&out.journal_sink);
	report_lost(&out.syslog_sink);
	report_lost(&out.stderr_sink);
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	const int saved_errno = errno;
	struct line line = { .len = 0 };
	int64_t now;
	size_t event_at;

	if ((int)level > out.to_syslog && (int)level > out.to_stderr &&
	    (int)level > out.to_journal)
		return;
	put_head(&line, level);
	event_at = line.len;
	put_event(&line, event, fields, count);
	(void)pthread_mutex_lock(&out.mutex);
	init_sinks();
	now = clock_ms();
	write_repeats(now);
	if (level == LEVEL_DEBUG || log_limit_admits(&out.limit, now, (int)level,
	    line.text + event_at, line.len - event_at))
		write_line(level, &line, event_at);
	flush();
	(void)pthread_mutex_unlock(&out.mutex);
	errno = saved_errno;
}

/* What will be ready when there is room for what waits in a sink; nothing where nothing waits. */
static struct pollfd
look(struct log_sink *sink)
{
	return (struct pollfd){ log_sink_flush(sink) ? -1 : log_sink_fd(sink), POLLOUT, 0 };
}

/* Flushes; returns whether lines still wait, and what will be ready when there is room. */
static bool
flush_and_look(struct pollfd ready[SINKS])
{
	(void)pthread_mutex_lock(&out.mutex);
	init_sinks();
	write_repeats(clock_ms());
	flush();
	ready[0] = look(&out.stderr_sink);
	ready[1] = look(&out.syslog_sink);
	ready[2] = look(&out.journal_sink);
	(void)pthread_mutex_unlock(&out.mutex);
	return ready[0].fd >= 0 || ready[1].fd >= 0 || ready[2].fd >= 0;
}

/* Who begins to read again should not get the rest in small pieces, twice a second. */
void
log_maintain(void)
{
	const int64_t until = clock_ms() + MAINTAINING_MS;
	struct pollfd ready[SINKS];
	int64_t left_ms = MAINTAINING_MS;

	while (flush_and_look(ready) && left_ms > 0) {
		if (poll(ready, SINKS, (int)left_ms) <= 0)
			break;
		left_ms = until - clock_ms();
	}
}

void
log_close(void)
{
	(void)pthread_mutex_lock(&out.mutex);
	init_sinks();
	write_repeats(INT64_MAX);
	flush();
	log_sink_drain(&out.journal_sink, CLOSING_MS);
	log_sink_drain(&out.syslog_sink, CLOSING_MS);
	log_sink_drain(&out.stderr_sink, CLOSING_MS);
	flush();
	log_sink_clear(&out.journal_sink);
	log_sink_clear(&out.syslog_sink);
	log_sink_clear(&out.stderr_sink);
	(void)pthread_mutex_unlock(&out.mutex);
}
