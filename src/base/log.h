/*
 * log: writes one line for each event, `time level process event=... key=value ...`, to stderr
 * (which the web server or the supervisor collects) or to syslog. Where either is the journal of
 * systemd, it gets each `key=value` as a field BEARWARD_KEY, and no time.
 *
 * Every text is escaped, so that no input can forge a line. Callers never pass a password, token,
 * hash, key or request body. Target and level belong to the process and are set once, before
 * threads exist. They, and the lines that wait, are the one piece of file-scope state, as stderr
 * itself is.
 *
 * Nobody waits for a log: while a pipe is full or syslog stands still, 64 KiB of lines wait, and
 * further ones are lost. Once it goes on, `event="log lines lost" lines=N` says how many. Of lines
 * that are the same but for their time, five are written in ten seconds; then one that ends in
 * `repeated=N` stands for N more. Lines of LEVEL_DEBUG are all written.
 */
#ifndef BEARWARD_BASE_LOG_H
#define BEARWARD_BASE_LOG_H

#include <stddef.h>

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };
enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

struct log_field {
	const char *key;	/* [a-z_]+ */
	const char *text;	/* quoted and escaped as needed; NULL: the field is a number */
	long long number;
};

/*
 * Returns "-" for NULL. This is a function because compilers warn about a literal or an array that
 * is compared with NULL.
 */
static inline const char *
log_text(const char *text)
{
	return text != NULL ? text : "-";
}

#define LOG_TEXT(k, t) { .key = (k), .text = log_text(t) }
#define LOG_NUMBER(k, n) { .key = (k), .number = (n) }

/*
 * Sets the program's name, which is copied, and where lines of that level or a worse one go.
 * Before this call they go to stderr, at LEVEL_INFO, from "bearward".
 */
void log_open(const char *name, enum log_target target, enum log_level level);

/* Sends lines of that level or a worse one to another target as well. */
void log_add(enum log_target target, enum log_level level);

/*
 * Logs an event with its fields:
 * log_event(LEVEL_INFO, "signed in", LOG_TEXT("user", name), LOG_NUMBER("uid", id));
 */
#define log_event(level, event, ...)                                                              \
	log_fields(level, event, (const struct log_field[]){__VA_ARGS__},                         \
	    sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* Writes one line, truncated to 2 KiB, or has it wait. event is static. Preserves errno. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields,
    size_t count);

/* Writes lines that wait, and counts of equal ones that are due. To be called twice a second. */
void log_maintain(void);

/* Writes all lines that wait and all counts, within a second. To be called at the end. */
void log_close(void);

#endif
