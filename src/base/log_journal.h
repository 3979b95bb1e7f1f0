/*
 * log_journal, internal to base/: log lines for the journal of systemd, whose protocol is its own
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL).
 *
 * Each `key=value` of a line becomes a field BEARWARD_KEY, by which journalctl(1) can find it:
 * `journalctl BEARWARD_EVENT="signed in"`. The line itself is the message.
 */
#ifndef BEARWARD_BASE_LOG_JOURNAL_H
#define BEARWARD_BASE_LOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* Returns whether what is written to stderr goes to the journal, as in a unit of systemd. */
bool log_journal_has_stderr(void);

/* Returns whether what is sent to syslog goes to the journal. */
bool log_journal_has_syslog(void);

/* What a line says besides its text. */
struct log_journal_line {
	const char *name;	/* of the program */
	int priority;		/* LOG_ERR and so on */
	const char *text;	/* event=... key=value ..., escaped; not NUL-terminated */
	size_t len;
};

/* Writes what the journal is sent, at most size bytes: a field that finds no room is left out. */
size_t log_journal_write(const struct log_journal_line *line, char *out, size_t size);

#endif
