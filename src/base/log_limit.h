/*
 * log_limit, internal to base/: which lines are so often the same that a count of them must do.
 *
 * Lines are the same when all of their text is, so that no user, client or reason hides another.
 * In ten seconds five of them are written; further ones are counted.
 */
#ifndef BEARWARD_BASE_LOG_LIMIT_H
#define BEARWARD_BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOG_LIMIT_LINES = 32, LOG_LIMIT_TEXT_MAX = 1024, LOG_LIMIT_BURST = 5, LOG_LIMIT_MS = 10000,
};

/* A line that was written lately. */
struct log_repeat {
	int64_t until;		/* when its ten seconds are over; 0: none is here */
	unsigned written;
	unsigned long held;	/* how often it was not written */
	int level;
	size_t len;
	char text[LOG_LIMIT_TEXT_MAX];
};

struct log_limit {
	struct log_repeat lines[LOG_LIMIT_LINES];
};

/*
 * Returns whether the line may be written, at the moment now of clock_ms(); otherwise it has been
 * counted. More kinds of lines than there is room for, and very long ones, are always written.
 */
bool log_limit_admits(struct log_limit *limit, int64_t now, int level, const char *text,
    size_t len);

/*
 * Takes a line whose ten seconds are over at the moment now, and which was counted meanwhile; it
 * begins anew. Returns false when there is none.
 */
bool log_limit_take_due(struct log_limit *limit, int64_t now, struct log_repeat *due);

#endif
