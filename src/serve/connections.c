/* connections: hands the connections of a FastCGI process to its threads. */
#include "serve/connections.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/waiting.h"

enum {
	KEPT_MS = 75000,	/* longer than web servers keep one: so it is they who close it */
	NEW_MS = 1000,		/* for a new one to write, when we stop */
	PAUSE_MS = 200,		/* after a failure to accept, which lasts: do not spin */
	FAREWELL_MS = 1000,	/* after the stop, to accept those who wait already */
};

/* What an event of epoll is about. Below it: what waiting_begin() has returned. */
#define KEY_LISTEN UINT64_MAX
#define KEY_STOP (UINT64_MAX - 1)

struct connections {
	int listen_fd;			/* owned */
	int stop_fd;			/* owned; an eventfd, readable once we stop */
	int epoll_fd;			/* owned */
	struct connections_plan plan;
	struct deadlines *deadlines;	/* borrowed */
	atomic_bool is_failing;		/* to accept; this has been logged */
	atomic_bool is_short;		/* of descriptors; this has been logged */
	atomic_bool is_stopping;
	_Atomic int64_t accept_until;	/* once it is stopping */
	struct waiting *waiting;	/* owned; connections that no thread has */
};

static bool
is_readable(int fd, int64_t wait_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, wait_ms > 0 ? (int)wait_ms : 0) > 0;
}

static int
observe(const struct connections *connections, int operation, int fd, uint32_t events,
    uint64_t key)
{
	struct epoll_event event = { .events = events, .data.u64 = key };

	return epoll_ctl(connections->epoll_fd, operation, fd, &event);
}

enum err
connections_open(int listen_fd, const struct connections_plan *plan, struct deadlines *deadlines,
    struct connections **result)
{
	struct connections *connections = calloc(1, sizeof(*connections));

	*result = NULL;
	if (connections == NULL)
		return ERR_INTERNAL;
	connections->listen_fd = listen_fd;
	connections->plan = *plan;
	connections->deadlines = deadlines;
	connections->stop_fd = eventfd(0, EFD_CLOEXEC);
	connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if ((connections->waiting = waiting_new(deadlines_limit(deadlines))) == NULL) {
		connections_close(connections);
		return ERR_INTERNAL;
	}
	if (observe(connections, EPOLL_CTL_ADD, connections->stop_fd, EPOLLIN, KEY_STOP) != 0 ||
	    observe(connections, EPOLL_CTL_ADD, listen_fd, EPOLLIN | EPOLLONESHOT,
	    KEY_LISTEN) != 0) {
		log_event(LEVEL_ERROR, "cannot watch the socket",
		    LOG_TEXT("reason", strerror(errno)));
		connections_close(connections);
		return ERR_INTERNAL;
	}
	*result = connections;
	return ERR_OK;
}

/*
 * Logs that connections cannot be accepted, once until one has been accepted again; that there
 * are too few descriptors, once for good: then some are accepted all the time.
 */
static void
fail_to_accept(struct connections *connections)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000 * 1000 };
	const int reason = errno;

	if (reason == EMFILE || reason == ENFILE) {
		if (!atomic_exchange(&connections->is_short, true))
			log_event(LEVEL_ERROR,
			    "too few descriptors: raise the limit of open files",
			    LOG_TEXT("attempt", "accept a connection"),
			    LOG_TEXT("reason", strerror(reason)));
	} else if (!atomic_exchange(&connections->is_failing, true)) {
		log_event(LEVEL_ERROR, "cannot accept connections",
		    LOG_TEXT("reason", strerror(reason)));
	}
	(void)nanosleep(&pause, NULL);
}

/* Returns the next connection of somebody who may connect, or -1. */
static int
accept_connection(struct connections *connections)
{
	int fd;

	while ((fd = deadlines_accept(connections->deadlines, connections->listen_fd)) >= 0 &&
	    !peers_admit(connections->plan.peers, fd))
		(void)close(fd);
	if (fd >= 0) {
		connections->is_failing = false;
		return fd;
	}
	/* Another process may have been quicker. */
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		fail_to_accept(connections);
	return -1;
}

/* Has epoll know it no more: to a thread, it is one that was written to when it was accepted. */
static void
forget(const struct connections *connections, int fd)
{
	(void)observe(connections, EPOLL_CTL_DEL, fd, 0, 0);
}

/* Takes out the connection that an event is about; a thread may have it. */
static enum connection
take_waiting(struct connections *connections, uint64_t key, int *fd)
{
	int64_t since;
	const enum waiting_kind kind = waiting_take(connections->waiting, key, fd, &since);

	if (kind == WAITING_NONE)
		return CONNECTION_NONE;
	deadlines_clear(connections->deadlines, *fd);
	if (kind == WAITING_KEPT)
		return CONNECTION_KEPT;
	forget(connections, *fd);
	return CONNECTION_NEW;
}

/* Tells epoll of a connection that it does not know, and that the caller has. */
static bool
introduce(struct connections *connections, int fd)
{
	const uint64_t key = waiting_begin(connections->waiting, fd, clock_ms());

	return observe(connections, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, key) == 0;
}

/*
 * Has a connection wait that epoll knows. From then on another thread may take it, and close it,
 * and a new one may have its number. Returns false when there is something to read already: then
 * the caller still has it.
 */
static bool
settle(struct connections *connections, int fd, enum waiting_kind kind)
{
	(void)deadlines_set(connections->deadlines, fd, clock_ms() +
	    (kind == WAITING_SILENT ? connections->plan.silent_ms : KEPT_MS));
	while (!waiting_resume(connections->waiting, fd, kind)) {
		/* What came may have been read with the last request. */
		if (!is_readable(fd, 0))
			continue;
		deadlines_clear(connections->deadlines, fd);
		waiting_release(connections->waiting, kind);
		return false;
	}
	return true;
}

/* Makes room for one more silent connection. */
static void
reserve_silent(struct connections *connections)
{
	int unwanted;

	while (!waiting_reserve(connections->waiting, WAITING_SILENT,
	    connections->plan.silent_max))
		if (waiting_take_oldest_silent(connections->waiting, &unwanted))
			(void)close(unwanted);
}

/*
 * Has a new connection wait until there is something to read. Where too many do, the one that has
 * waited longest is closed: a web server writes as soon as it has connected.
 */
static enum connection
put_silent(struct connections *connections, int *fd)
{
	const int silent = *fd;

	*fd = -1;
	if (connections->plan.silent_max == 0 || !introduce(connections, silent)) {
		(void)close(silent);
		return CONNECTION_NONE;
	}
	reserve_silent(connections);
	if (settle(connections, silent, WAITING_SILENT))
		return CONNECTION_NONE;
	forget(connections, silent);
	*fd = silent;
	return CONNECTION_NEW;
}

/* Accepts a connection, and gives it out if there is something to read. */
static enum connection
take_new(struct connections *connections, int *fd)
{
	*fd = accept_connection(connections);
	/* Only now may another thread look for the next one: one wakes at a time. */
	(void)observe(connections, EPOLL_CTL_MOD, connections->listen_fd, EPOLLIN | EPOLLONESHOT,
	    KEY_LISTEN);
	if (*fd < 0)
		return CONNECTION_NONE;
	return is_readable(*fd, 0) ? CONNECTION_NEW : put_silent(connections, fd);
}

/* Waits for one event, which may turn out to be nothing. */
static enum connection
take_event(struct connections *connections, int timeout_ms, int *fd)
{
	struct epoll_event event;

	if (epoll_wait(connections->epoll_fd, &event, 1, timeout_ms) <= 0)
		return CONNECTION_NONE;
	if (event.data.u64 == KEY_STOP)
		return CONNECTION_STOP;
	if (event.data.u64 == KEY_LISTEN)
		return take_new(connections, fd);
	return take_waiting(connections, event.data.u64, fd);
}

enum connection
connections_wait(struct connections *connections, int timeout_ms, int *fd)
{
	const int64_t until = timeout_ms >= 0 ? clock_ms() + timeout_ms : 0;
	int64_t left_ms = timeout_ms;
	enum connection connection;

	*fd = -1;
	/* Where another process was quicker, or a stop broke the wait, the time is not over. */
	while ((connection = take_event(connections, (int)left_ms, fd)) == CONNECTION_NONE) {
		if (timeout_ms >= 0 && (left_ms = until - clock_ms()) <= 0)
			break;
	}
	return connection;
}

bool
connections_keep(struct connections *connections, enum connection connection, int fd)
{
	if (connections->is_stopping ||
	    !waiting_reserve(connections->waiting, WAITING_KEPT, connections->plan.kept_max)) {
		(void)close(fd);
		return true;
	}
	if (connection == CONNECTION_KEPT || introduce(connections, fd))
		return settle(connections, fd, WAITING_KEPT);
	waiting_release(connections->waiting, WAITING_KEPT);
	(void)close(fd);
	return true;
}

void
connections_stop(struct connections *connections)
{
	connections->accept_until = clock_ms() + FAREWELL_MS;
	connections->is_stopping = true;
	(void)eventfd_write(connections->stop_fd, 1);
}

/* Takes out any connection that waits, and says how long it may still be silent. */
static enum connection
take_any(struct connections *connections, int *fd, int64_t *wait_ms)
{
	int64_t since = 0;
	const enum waiting_kind kind = waiting_take_any(connections->waiting, fd, &since);

	*wait_ms = 0;
	if (kind == WAITING_NONE)
		return CONNECTION_NONE;
	deadlines_clear(connections->deadlines, *fd);
	if (kind == WAITING_KEPT)
		return CONNECTION_KEPT;
	/* A peer that has connected just now is about to write. */
	*wait_ms = since + NEW_MS - clock_ms();
	return CONNECTION_NEW;
}

/*
 * Clients may keep coming, and another process may listen on the socket, too: whoever has not been
 * accepted after a while is left to that one, or turned away.
 */
static bool
may_accept(const struct connections *connections)
{
	return clock_ms() < connections->accept_until;
}

enum connection
connections_take_rest(struct connections *connections, int *fd)
{
	enum connection kind;
	int64_t wait_ms;

	*fd = -1;
	while ((kind = take_any(connections, fd, &wait_ms)) != CONNECTION_NONE) {
		if (is_readable(*fd, wait_ms))
			return kind;
		(void)close(*fd);
		*fd = -1;
	}
	if (!may_accept(connections))
		return CONNECTION_NONE;
	*fd = accept_connection(connections);
	return *fd < 0 ? CONNECTION_NONE : CONNECTION_NEW;
}

void
connections_shut(struct connections *connections)
{
	if (connections->listen_fd >= 0)
		(void)close(connections->listen_fd);
	connections->listen_fd = -1;
}

void
connections_close(struct connections *connections)
{
	int64_t since;
	int fd;

	connections_shut(connections);
	if (connections->waiting != NULL)
		while (waiting_take_any(connections->waiting, &fd, &since) != WAITING_NONE)
			(void)close(fd);
	if (connections->epoll_fd >= 0)
		(void)close(connections->epoll_fd);
	if (connections->stop_fd >= 0)
		(void)close(connections->stop_fd);
	waiting_free(connections->waiting);
	free(connections);
}
