/*
 * log: one line an event, `time level process event=... key=value ...`, to stderr (which the web
 * server or the supervisor collects) or to syslog.
 *
 * Every text is escaped, so that no input can forge a line. No password, token, hash, key or
 * request body is ever handed in. The target and level are the process's own, set once at start
 * before threads exist: the one piece of file-scope state, as with stderr itself.
 */
#ifndef BEARWARD_BASE_LOG_H
#define BEARWARD_BASE_LOG_H

#include <stddef.h>

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };
enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

struct log_field {
	const char *key;	/* [a-z_]+ */
	const char *text;	/* quoted and escaped as needed; NULL: number counts */
	long long number;
};

/* A function, since compilers warn about a literal or an array that is compared with NULL. */
static inline const char *
log_text(const char *text)
{
	return text != NULL ? text : "-";
}

#define LOG_TEXT(k, t) { .key = (k), .text = log_text(t) }
#define LOG_NUMBER(k, n) { .key = (k), .number = (n) }

/* Until it is called: stderr, level info, program name "bearward". name is static. */
void log_open(const char *name, enum log_target target, enum log_level level);

/* log_event(LEVEL_INFO, "signed in", LOG_TEXT("user", name), LOG_NUMBER("uid", id)); */
#define log_event(level, event, ...)                                                              \
	log_fields(level, event, (const struct log_field[]){__VA_ARGS__},                         \
	    sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* Writes one line in one write(2), cut at 2 KiB. event is a static text. Keeps errno. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields,
    size_t count);

#endif
