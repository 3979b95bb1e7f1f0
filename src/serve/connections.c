/* connections: hands the connections of a FastCGI process to its threads. */
#include "serve/connections.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
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

enum {
	KEPT_MS = 75000,	/* longer than web servers keep one: so it is they who close it */
	PAUSE_MS = 200,		/* after a failure to accept, which lasts: do not spin */
};

/* What an event of epoll is about; below it: an index into kept. */
enum { KEY_LISTEN = INT32_MAX - 1, KEY_STOP };

struct connections {
	int listen_fd;			/* owned */
	int stop_fd;			/* owned; an eventfd, readable once we stop */
	int epoll_fd;			/* owned */
	struct deadlines *deadlines;	/* borrowed */
	atomic_bool is_failing;		/* to accept; this has been logged */
	pthread_mutex_t mutex;		/* guards what follows */
	bool is_stopping;
	long kept_max;
	int kept[];			/* owned; -1: free */
};

static bool
is_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

static int
observe(const struct connections *connections, int operation, int fd, uint32_t events,
    uint32_t key)
{
	struct epoll_event event = { .events = events, .data.u32 = key };

	return epoll_ctl(connections->epoll_fd, operation, fd, &event);
}

enum err
connections_open(int listen_fd, long kept_max, struct deadlines *deadlines,
    struct connections **result)
{
	struct connections *connections = calloc(1, sizeof(*connections) +
	    (size_t)kept_max * sizeof(connections->kept[0]));

	*result = NULL;
	if (connections == NULL)
		return ERR_INTERNAL;
	connections->listen_fd = listen_fd;
	connections->deadlines = deadlines;
	connections->stop_fd = eventfd(0, EFD_CLOEXEC);
	connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	(void)pthread_mutex_init(&connections->mutex, NULL);
	connections->kept_max = kept_max;
	for (long i = 0; i < kept_max; i++)
		connections->kept[i] = -1;
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

/* Logs that connections cannot be accepted, once until one has been accepted again. */
static void
fail_to_accept(struct connections *connections)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000 * 1000 };

	if (!atomic_exchange(&connections->is_failing, true))
		log_event(LEVEL_ERROR, "cannot accept connections",
		    LOG_TEXT("reason", strerror(errno)));
	(void)nanosleep(&pause, NULL);
}

/* Returns the next connection, or -1. */
static int
accept_connection(struct connections *connections)
{
	int fd = deadlines_accept(connections->deadlines, connections->listen_fd);

	if (fd >= 0) {
		connections->is_failing = false;
		return fd;
	}
	/* Another process may have been quicker. */
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		fail_to_accept(connections);
	return -1;
}

/* Takes a connection out of those that are kept: it is the caller's from now on; -1 for none. */
static int
take_kept(struct connections *connections, long i)
{
	int fd;

	(void)pthread_mutex_lock(&connections->mutex);
	fd = connections->kept[i];
	connections->kept[i] = -1;
	(void)pthread_mutex_unlock(&connections->mutex);
	if (fd >= 0)
		deadlines_clear(connections->deadlines, fd);
	return fd;
}

/* Waits for one event, which may turn out to be nothing. */
static enum connection
take_event(struct connections *connections, int timeout_ms, int *fd)
{
	struct epoll_event event;

	if (epoll_wait(connections->epoll_fd, &event, 1, timeout_ms) <= 0)
		return CONNECTION_NONE;
	if (event.data.u32 == KEY_STOP)
		return CONNECTION_STOP;
	if (event.data.u32 == KEY_LISTEN) {
		*fd = accept_connection(connections);
		/* Only now may another thread look for the next one: one wakes at a time. */
		(void)observe(connections, EPOLL_CTL_MOD, connections->listen_fd,
		    EPOLLIN | EPOLLONESHOT, KEY_LISTEN);
		return *fd < 0 ? CONNECTION_NONE : CONNECTION_NEW;
	}
	*fd = take_kept(connections, event.data.u32);
	return *fd < 0 ? CONNECTION_NONE : CONNECTION_KEPT;
}

enum connection
connections_wait(struct connections *connections, int timeout_ms, int *fd)
{
	const int64_t until = clock_ms() + timeout_ms;
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

/* Puts fd in a free place; false: there is none. */
static bool
put_kept(struct connections *connections, int fd, long *i)
{
	bool is_free;

	(void)pthread_mutex_lock(&connections->mutex);
	for (*i = 0; *i < connections->kept_max && connections->kept[*i] >= 0; )
		++*i;
	is_free = *i < connections->kept_max && !connections->is_stopping;
	if (is_free)
		connections->kept[*i] = fd;
	(void)pthread_mutex_unlock(&connections->mutex);
	return is_free;
}

void
connections_keep(struct connections *connections, int fd)
{
	const uint32_t events = EPOLLIN | EPOLLONESHOT;
	long i;

	/* A thread that finds the end of input there closes it. */
	(void)deadlines_set(connections->deadlines, fd, clock_ms() + KEPT_MS);
	if (!put_kept(connections, fd, &i)) {
		deadlines_clear(connections->deadlines, fd);
		(void)close(fd);
		return;
	}
	/* epoll knows it unless this is the first time. Another thread may have it at once. */
	if (observe(connections, EPOLL_CTL_MOD, fd, events, (uint32_t)i) != 0 &&
	    observe(connections, EPOLL_CTL_ADD, fd, events, (uint32_t)i) != 0)
		(void)close(take_kept(connections, i));
}

void
connections_stop(struct connections *connections)
{
	(void)pthread_mutex_lock(&connections->mutex);
	connections->is_stopping = true;
	(void)pthread_mutex_unlock(&connections->mutex);
	(void)eventfd_write(connections->stop_fd, 1);
}

enum connection
connections_take_rest(struct connections *connections, int *fd)
{
	for (long i = 0; i < connections->kept_max; i++) {
		if ((*fd = take_kept(connections, i)) < 0)
			continue;
		if (is_readable(*fd))
			return CONNECTION_KEPT;
		(void)close(*fd);
	}
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
	connections_shut(connections);
	for (long i = 0; i < connections->kept_max; i++)
		if (connections->kept[i] >= 0)
			(void)close(connections->kept[i]);
	if (connections->epoll_fd >= 0)
		(void)close(connections->epoll_fd);
	if (connections->stop_fd >= 0)
		(void)close(connections->stop_fd);
	(void)pthread_mutex_destroy(&connections->mutex);
	free(connections);
}
