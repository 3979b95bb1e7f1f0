/* log_sink: one place where log lines go, and never makes the caller wait. */
#include "base/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* What came of an attempt to write a line. */
enum outcome { WRITTEN, NO_ROOM, REFUSED };

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
log_sink_init(struct log_sink *sink, const char *path)
{
	sink->path = path;
	sink->is_kept = false;
	sink->type = SOCK_DGRAM;
	sink->fd = sink->pipe[0] = sink->pipe[1] = -1;
	sink->owner = getpid();
	sink->lost = 0;
	sink->is_refusing = false;
	sink->batch = 1;
	sink->staged = sink->start = sink->end = sink->sent = 0;
}

void
log_sink_clear(struct log_sink *sink)
{
	close_fd(&sink->fd);
	close_fd(&sink->pipe[0]);
	close_fd(&sink->pipe[1]);
	sink->batch = 1;
	sink->staged = sink->start = sink->end = sink->sent = 0;
}

/* After a fork the lines that wait are the parent's, as the pipe is. */
static void
begin_anew_after_fork(struct log_sink *sink)
{
	if (sink->owner == getpid())
		return;
	log_sink_clear(sink);
	sink->owner = getpid();
	sink->lost = 0;
}

/* The outcome of a call that has written so many of the bytes that were left, or failed. */
static enum outcome
outcome_of(struct log_sink *sink, ssize_t written, size_t left)
{
	if (written < 0)
		return errno == EAGAIN || errno == ENOBUFS ? NO_ROOM : REFUSED;
	sink->sent += (size_t)written;
	return (size_t)written == left ? WRITTEN : NO_ROOM;
}

/* The line that begins at a place among those that wait. */
static const char *
line_at(const struct log_sink *sink, size_t at, size_t *len)
{
	unsigned short stored;

	memcpy(&stored, sink->lines + at, sizeof(stored));
	*len = stored;
	return sink->lines + at + sizeof(stored);
}

/*
 * Puts lines in a pipe of our own, from where they can go on as a whole: as many as a page holds,
 * because a page is what a pipe has room for, however little is in it.
 */
static bool
stage(struct log_sink *sink)
{
	size_t at = sink->start, len;
	const char *line;

	if (sink->staged > 0)
		return true;
	if (sink->pipe[0] < 0 && pipe2(sink->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return false;
	for (sink->batch = 0; at < sink->end; at += sizeof(unsigned short) + len) {
		line = line_at(sink, at, &len);
		if (sink->staged + len > PIPE_BUF ||
		    write(sink->pipe[1], line, len) != (ssize_t)len)
			break;
		sink->staged += len;
		sink->batch++;
	}
	return sink->batch > 0;
}

/* A file is always ready, a terminal while it is not stopped. */
static enum outcome
write_to_file(const char *line, size_t len)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t written;

	if (poll(&ready, 1, 0) == 0)
		return NO_ROOM;
	do
		written = write(STDERR_FILENO, line, len);
	while (written < 0 && errno == EINTR);
	/* Where a disk is full, the rest of a line has no room later either. */
	return written == (ssize_t)len ? WRITTEN : written < 0 && errno == EAGAIN ? NO_ROOM
										    : REFUSED;
}

/*
 * stderr is a pipe, which others may write to as well. A look whether there is room tells nothing
 * once another has filled it; but splice(2) can be told not to wait.
 */
static enum outcome
write_to_pipe(struct log_sink *sink, const char *line, size_t len)
{
	ssize_t moved = splice(sink->pipe[0], NULL, STDERR_FILENO, NULL, sink->staged,
	    SPLICE_F_NONBLOCK);

	if (moved < 0 && errno == EAGAIN)
		return NO_ROOM;
	if (moved != (ssize_t)sink->staged) {
		const bool is_forbidden = moved < 0 && errno != EPIPE;

		close_fd(&sink->pipe[0]);
		close_fd(&sink->pipe[1]);
		sink->staged = 0;
		sink->batch = is_forbidden ? 1 : sink->batch;
		return is_forbidden ? write_to_file(line, len) : REFUSED;
	}
	sink->staged = 0;
	return WRITTEN;
}

static enum outcome
write_to_stderr(struct log_sink *sink, const char *line, size_t len)
{
	struct stat st = {0};

	(void)fstat(STDERR_FILENO, &st);
	if (S_ISSOCK(st.st_mode))
		return outcome_of(sink,
		    send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL), len);
	if (S_ISFIFO(st.st_mode) && stage(sink))
		return write_to_pipe(sink, line, len);
	sink->batch = 1;
	return write_to_file(line, len);
}

/* Connects without a wait; as glibc does for syslog, by whichever kind of socket it has. */
static bool
connect_to_socket(struct log_sink *sink)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", sink->path);
	for (int i = 0; i < 2; i++) {
		sink->fd = socket(AF_UNIX, sink->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (sink->fd >= 0 &&
		    connect(sink->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return true;
		close_fd(&sink->fd);
		if (errno != EPROTOTYPE)
			break;
		sink->type = sink->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM;
	}
	return false;
}

bool
log_sink_open(struct log_sink *sink, const char *path)
{
	log_sink_init(sink, path);
	sink->is_kept = true;
	return connect_to_socket(sink);
}

/* On a stream, a NUL ends each line. */
static ssize_t
send_to_syslog(const struct log_sink *sink, const char *line, size_t len)
{
	struct iovec parts[] = { { (char *)(uintptr_t)line, len }, { (char[]){ '\0' }, 1 } };
	const struct msghdr message = {
		.msg_iov = parts, .msg_iovlen = sink->type == SOCK_STREAM ? 2 : 1,
	};

	return sendmsg(sink->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A syslog that was restarted has to be connected to anew; until it is back, lines wait. */
static enum outcome
write_to_syslog(struct log_sink *sink, const char *line, size_t len)
{
	ssize_t written = -1;

	for (int i = 0; i < 2; i++) {
		if (sink->fd < 0 && !connect_to_socket(sink))
			return NO_ROOM;
		written = send_to_syslog(sink, line, len);
		if (written >= (ssize_t)len)
			return WRITTEN;
		if (written < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return NO_ROOM;
		if (written < 0 && errno == EMSGSIZE)
			return REFUSED;
		/* Of a line cut in a stream, nobody could tell where it ends. */
		close_fd(&sink->fd);
	}
	return written < 0 ? NO_ROOM : REFUSED;
}

/* One message a line, as all of it or not at all. */
static enum outcome
write_to_kept_socket(struct log_sink *sink, const char *line, size_t len)
{
	/* After a fork it is opened again. */
	if (sink->fd < 0 && !connect_to_socket(sink))
		return NO_ROOM;
	if (send(sink->fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return WRITTEN;
	return errno == EAGAIN || errno == ENOBUFS ? NO_ROOM : REFUSED;
}

static enum outcome
write_one(struct log_sink *sink, const char *line, size_t len)
{
	if (sink->path == NULL)
		return write_to_stderr(sink, line + sink->sent, len - sink->sent);
	return sink->is_kept ? write_to_kept_socket(sink, line, len) :
			       write_to_syslog(sink, line, len);
}

/* Of lines that were written together, all are forgotten together. */
static void
forget_batch(struct log_sink *sink)
{
	size_t len;

	for (unsigned i = 0; i < sink->batch; i++) {
		(void)line_at(sink, sink->start, &len);
		sink->start += sizeof(unsigned short) + len;
	}
	sink->sent = 0;
	if (sink->start == sink->end)
		sink->start = sink->end = 0;
}

bool
log_sink_flush(struct log_sink *sink)
{
	enum outcome outcome = WRITTEN;
	const char *line;
	size_t len;

	begin_anew_after_fork(sink);
	while (sink->start < sink->end) {
		line = line_at(sink, sink->start, &len);
		outcome = write_one(sink, line, len);
		if (outcome == NO_ROOM)
			return false;
		sink->is_refusing = outcome == REFUSED;
		sink->lost += sink->is_refusing ? sink->batch : 0;
		forget_batch(sink);
	}
	return true;
}

/* Appends a line to those that wait; false: there is no room. */
static bool
keep(struct log_sink *sink, const char *line, size_t len)
{
	const unsigned short stored = (unsigned short)len;

	if (sink->end + sizeof(stored) + len > sizeof(sink->lines)) {
		memmove(sink->lines, sink->lines + sink->start, sink->end - sink->start);
		sink->end -= sink->start;
		sink->start = 0;
	}
	if (sink->end + sizeof(stored) + len > sizeof(sink->lines))
		return false;
	memcpy(sink->lines + sink->end, &stored, sizeof(stored));
	memcpy(sink->lines + sink->end + sizeof(stored), line, len);
	sink->end += sizeof(stored) + len;
	return true;
}

void
log_sink_write(struct log_sink *sink, const char *line, size_t len)
{
	begin_anew_after_fork(sink);
	if (!keep(sink, line, len))
		sink->lost++;
	(void)log_sink_flush(sink);
}

int
log_sink_fd(const struct log_sink *sink)
{
	return sink->path == NULL ? STDERR_FILENO : sink->fd;
}

void
log_sink_drain(struct log_sink *sink, int timeout_ms)
{
	const int64_t until = clock_ms() + timeout_ms;
	struct pollfd ready = { .events = POLLOUT };
	int64_t left_ms;

	while (!log_sink_flush(sink)) {
		ready.fd = log_sink_fd(sink);
		if (ready.fd < 0 || (left_ms = until - clock_ms()) <= 0 ||
		    poll(&ready, 1, (int)left_ms) == 0)
			return;
	}
}

unsigned long
log_sink_take_lost(struct log_sink *sink)
{
	const unsigned long lost = sink->lost;

	if (sink->start < sink->end || sink->is_refusing)
		return 0;
	sink->lost = 0;
	return lost;
}
