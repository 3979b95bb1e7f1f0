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
	NEW_MS = 1000,		/* for a new one to write, when we stop */
	PAUSE_MS = 200,		/* after a failure to accept, which lasts: do not spin */
	FAREWELL_MS = 1000,	/* after the stop, to accept those who wait already */
};

/* What an event of epoll is about. Below it: a place, and which of its turns (make_key()). */
#define KEY_LISTEN UINT64_MAX
#define KEY_STOP (UINT64_MAX - 1)

/* Where a connection waits that no thread has. */
struct place {
	int fd;			/* owned; -1: free */
	uint32_t turn;		/* how many have waited here: tells an event from an old one */
	int64_t since;		/* of clock_ms() */
};

struct connections {
	int listen_fd;			/* owned */
	int stop_fd;			/* owned; an eventfd, readable once we stop */
	int epoll_fd;			/* owned */
	struct connections_plan plan;
	struct deadlines *deadlines;	/* borrowed */
	atomic_bool is_failing;		/* to accept; this has been logged */
	atomic_bool is_short;		/* of descriptors; this has been logged */
	pthread_mutex_t mutex;		/* guards what follows */
	bool is_stopping;
	int64_t accept_until;		/* once it is stopping */
	long count;			/* of places */
	/* First those of connections that are kept, then those of new ones that are silent. */
	struct place places[];
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
	const long count = plan->kept_max + plan->silent_max;
	struct connections *connections = calloc(1, sizeof(*connections) +
	    (size_t)count * sizeof(connections->places[0]));

	*result = NULL;
	if (connections == NULL)
		return ERR_INTERNAL;
	connections->listen_fd = listen_fd;
	connections->plan = *plan;
	connections->deadlines = deadlines;
	connections->stop_fd = eventfd(0, EFD_CLOEXEC);
	connections->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	(void)pthread_mutex_init(&connections->mutex, NULL);
	connections->count = count;
	for (long i = 0; i < count; i++)
		connections->places[i].fd = -1;
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

static uint64_t
make_key(const struct connections *connections, const struct place *place)
{
	return (uint64_t)place->turn << 32 | (uint64_t)(place - connections->places);
}

/* Which kind of connection waits in a place. */
static enum connection
kind_of(const struct connections *connections, const struct place *place)
{
	return place - connections->places < connections->plan.kept_max ? CONNECTION_KEPT :
	    CONNECTION_NEW;
}

/* Takes out what waits in a place: it is the caller's. The mutex is held. */
static int
empty(struct connections *connections, struct place *place)
{
	const int fd = place->fd;

	place->fd = -1;
	if (fd >= 0)
		deadlines_clear(connections->deadlines, fd);
	return fd;
}

/* Takes out the connection that an event is about; it may have gone meanwhile. */
static enum connection
take_waiting(struct connections *connections, uint64_t key, int *fd)
{
	struct place *place = &connections->places[(uint32_t)key];

	(void)pthread_mutex_lock(&connections->mutex);
	if (make_key(connections, place) == key)
		*fd = empty(connections, place);
	(void)pthread_mutex_unlock(&connections->mutex);
	return *fd < 0 ? CONNECTION_NONE : kind_of(connections, place);
}

/* Returns a free place among those from first on, or the one whose connection waits longest. */
static struct place *
find_place(struct connections *connections, long first, long end)
{
	struct place *found = NULL;

	for (long i = first; i < end; i++) {
		struct place *place = &connections->places[i];

		if (place->fd < 0)
			return place;
		if (found == NULL || place->since < found->since)
			found = place;
	}
	return found;
}

/*
 * Has a connection wait in a place, and epoll look at it: both with the mutex held, since another
 * thread may take it at once, and close it, and a new one may have its number.
 */
static bool
settle(struct connections *connections, struct place *place, int fd)
{
	const uint32_t events = EPOLLIN | EPOLLONESHOT;
	const bool is_new = kind_of(connections, place) == CONNECTION_NEW;
	uint64_t key;

	place->turn++;
	key = make_key(connections, place);
	/* epoll knows one that is kept, unless this is the first time. */
	if ((is_new || observe(connections, EPOLL_CTL_MOD, fd, events, key) != 0) &&
	    observe(connections, EPOLL_CTL_ADD, fd, events, key) != 0)
		return false;
	place->fd = fd;
	place->since = clock_ms();
	(void)deadlines_set(connections->deadlines, fd, place->since +
	    (is_new ? connections->plan.silent_ms : KEPT_MS));
	return true;
}

/*
 * Has a new connection wait until there is something to read. Where too many do, the one that has
 * waited longest is closed: a web server writes as soon as it has connected.
 */
static void
put_silent(struct connections *connections, int fd)
{
	struct place *place;
	int unwanted = -1;

	(void)pthread_mutex_lock(&connections->mutex);
	place = find_place(connections, connections->plan.kept_max, connections->count);
	if (place != NULL)
		unwanted = empty(connections, place);
	if (place == NULL || !settle(connections, place, fd))
		(void)close(fd);
	if (unwanted >= 0)
		(void)close(unwanted);
	(void)pthread_mutex_unlock(&connections->mutex);
}

/* Accepts a connection, and gives it out if there is something to read. */
static enum connection
take_new(struct connections *connections, int *fd)
{
	const int accepted = accept_connection(connections);

	/* Only now may another thread look for the next one: one wakes at a time. */
	(void)observe(connections, EPOLL_CTL_MOD, connections->listen_fd, EPOLLIN | EPOLLONESHOT,
	    KEY_LISTEN);
	if (accepted < 0)
		return CONNECTION_NONE;
	if (!is_readable(accepted, 0)) {
		put_silent(connections, accepted);
		return CONNECTION_NONE;
	}
	*fd = accepted;
	return CONNECTION_NEW;
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

void
connections_keep(struct connections *connections, int fd)
{
	struct place *place;

	(void)pthread_mutex_lock(&connections->mutex);
	place = find_place(connections, 0, connections->plan.kept_max);
	if (connections->is_stopping || place == NULL || place->fd >= 0 ||
	    !settle(connections, place, fd))
		(void)close(fd);
	(void)pthread_mutex_unlock(&connections->mutex);
}

void
connections_stop(struct connections *connections)
{
	(void)pthread_mutex_lock(&connections->mutex);
	connections->is_stopping = true;
	connections->accept_until = clock_ms() + FAREWELL_MS;
	(void)pthread_mutex_unlock(&connections->mutex);
	(void)eventfd_write(connections->stop_fd, 1);
}

/* Takes out any connection that waits, and says how long it may still be silent. */
static enum connection
take_any(struct connections *connections, int *fd, int64_t *wait_ms)
{
	enum connection kind = CONNECTION_NONE;

	*fd = -1;
	*wait_ms = 0;
	(void)pthread_mutex_lock(&connections->mutex);
	for (long i = 0; i < connections->count && *fd < 0; i++) {
		struct place *place = &connections->places[i];

		if ((*fd = empty(connections, place)) < 0)
			continue;
		kind = kind_of(connections, place);
		/* Who has connected just now is about to write. */
		if (kind == CONNECTION_NEW)
			*wait_ms = place->since + NEW_MS - clock_ms();
	}
	(void)pthread_mutex_unlock(&connections->mutex);
	return kind;
}

/*
 * Clients may keep coming, and another process may listen on the socket, too: whoever has not been
 * accepted after a while is left to that one, or turned away.
 */
static bool
may_accept(struct connections *connections)
{
	int64_t until;

	(void)pthread_mutex_lock(&connections->mutex);
	until = connections->accept_until;
	(void)pthread_mutex_unlock(&connections->mutex);
	return clock_ms() < until;
}

enum connection
connections_take_rest(struct connections *connections, int *fd)
{
	enum connection kind;
	int64_t wait_ms;

	while ((kind = take_any(connections, fd, &wait_ms)) != CONNECTION_NONE) {
		if (is_readable(*fd, wait_ms))
			return kind;
		(void)close(*fd);
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
	connections_shut(connections);
	for (long i = 0; i < connections->count; i++)
		if (connections->places[i].fd >= 0)
			(void)close(connections->places[i].fd);
	if (connections->epoll_fd >= 0)
		(void)close(connections->epoll_fd);
	if (connections->stop_fd >= 0)
		(void)close(connections->stop_fd);
	(void)pthread_mutex_destroy(&connections->mutex);
	free(connections);
}
