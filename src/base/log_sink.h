/*
 * log_sink, internal to base/: one place where log lines go, stderr or the socket of syslog or of
 * the journal, and never makes the caller wait.
 *
 * A line that cannot be written at once is kept, in order, until there is room. What does not fit
 * in 64 KiB is lost, and counted. Neither place is switched to non-blocking mode, which would
 * change it for all other processes that write there.
 */
#ifndef BEARWARD_BASE_LOG_SINK_H
#define BEARWARD_BASE_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LOG_SINK_SYSLOG "/dev/log"
#define LOG_SINK_JOURNAL "/run/systemd/journal/socket"

enum { LOG_SINK_SIZE = 64 * 1024 };

struct log_sink {
	const char *path;	/* borrowed: of the socket; NULL: the sink is stderr */
	bool is_kept;		/* the socket: systemd keeps it while the journal is restarted */
	int type;		/* of that socket: SOCK_DGRAM, or SOCK_STREAM */
	int fd;			/* owned: connected to it; or -1 */
	int pipe[2];		/* owned: where lines wait for room in the pipe that stderr is */
	size_t staged;		/* bytes in it */
	unsigned batch;		/* lines in it, the first of those that wait; or 1 */
	pid_t owner;		/* the process whose lines these are */
	unsigned long lost;	/* lines */
	bool is_refusing;	/* as it did the last line: a full disk, a closed pipe */
	size_t start, end;	/* of the lines that wait, each after its length */
	size_t sent;		/* bytes of the first one that have gone out */
	char lines[LOG_SINK_SIZE];
};

/* Begins a sink without lines; path is static, or NULL for stderr. */
void log_sink_init(struct log_sink *sink, const char *path);

/*
 * Begins a sink whose socket at path, which is static, stays what it is, and connects to it: later
 * that may be forbidden. Returns false where nobody listens there.
 */
bool log_sink_open(struct log_sink *sink, const char *path);

/* Writes a line of at most 8 KiB after all that wait, now or, if there is no room, later. */
void log_sink_write(struct log_sink *sink, const char *line, size_t len);

/* Writes as many waiting lines as there is room for. Returns whether none is left. */
bool log_sink_flush(struct log_sink *sink);

/* Returns the descriptor that will be writable when there is room again; -1: nobody knows when. */
int log_sink_fd(const struct log_sink *sink);

/*
 * Does the same until none is left, or until there was no room for timeout_ms. Does not wait for a
 * syslog that is not there.
 */
void log_sink_drain(struct log_sink *sink, int timeout_ms);

/* Returns how many lines were lost once others go out again, and counts anew; 0 until then. */
unsigned long log_sink_take_lost(struct log_sink *sink);

/* Closes what the sink has opened; lines that wait are gone. */
void log_sink_clear(struct log_sink *sink);

#endif
