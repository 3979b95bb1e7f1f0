/* arrivals: what the threads of a FastCGI process may take up next. */
#include "serve/connections.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	KEPT_MAX = 256,
	KEPT_MS = 75000,	/* longer than web servers keep one: so they are who closes it */
	KEY_LISTEN = KEPT_MAX,	/* beside the places of those kept: what an event is about */
	KEY_END,
};

struct arrivals {
	int listen_fd;		/* owned */
	int end_fd;		/* owned; an eventfd, readable once it is the end */
	int epoll_fd;		/* owned */
	pthread_mutex_t mutex;	/* over what follows */
	bool has_ended;
	struct place {
		int fd;		/* owned; -1: free */
		int64_t until;	/* of clock_ms() */
	} kept[KEPT_MAX];
};

static bool
is_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

static int
observe(const struct arrivals *arrivals, int operation, int fd, uint32_t events, uint32_t key)
{
	struct epoll_event event = { .events = events, .data.u32 = key };

	return epoll_ctl(arrivals->epoll_fd, operation, fd, &event);
}

enum err
arrivals_open(int listen_fd, struct arrivals **result)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));

	*result = NULL;
	if (arrivals == NULL)
		return ERR_INTERNAL;
	arrivals->listen_fd = listen_fd;
	arrivals->end_fd = eventfd(0, EFD_CLOEXEC);
	arrivals->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	(void)pthread_mutex_init(&arrivals->mutex, NULL);
	for (size_t i = 0; i < KEPT_MAX; i++)
		arrivals->kept[i].fd = -1;
	if (observe(arrivals, EPOLL_CTL_ADD, arrivals->end_fd, EPOLLIN, KEY_END) != 0 ||
	    observe(arrivals, EPOLL_CTL_ADD, listen_fd, EPOLLIN | EPOLLONESHOT, KEY_LISTEN) != 0) {
		log_event(LEVEL_ERROR, "cannot watch the socket",
		    LOG_TEXT("reason", strerror(errno)));
		arrivals_close(arrivals);
		return ERR_INTERNAL;
	}
	*result = arrivals;
	return ERR_OK;
}

/* The next connection, or -1. */
static int
accept_connection(const struct arrivals *arrivals)
{
	static const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = accept4(arrivals->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	/* Another process may have been quicker. Anything else lasts: do not spin. */
	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_event(LEVEL_ERROR, "cannot accept", LOG_TEXT("reason", strerror(errno)));
		(void)nanosleep(&pause, NULL);
	}
	return fd;
}

/* Makes a place free; what was in it is the caller's, or -1. */
static int
leave_place(struct arrivals *arrivals, size_t i)
{
	int fd;

	(void)pthread_mutex_lock(&arrivals->mutex);
	fd = arrivals->kept[i].fd;
	arrivals->kept[i].fd = -1;
	(void)pthread_mutex_unlock(&arrivals->mutex);
	return fd;
}

/* One event, which may turn out to be nothing. */
static enum arrival
take_event(struct arrivals *arrivals, int timeout_ms, int *fd)
{
	struct epoll_event event;

	if (epoll_wait(arrivals->epoll_fd, &event, 1, timeout_ms) <= 0)
		return ARRIVAL_NONE;
	if (event.data.u32 == KEY_END)
		return ARRIVAL_END;
	if (event.data.u32 == KEY_LISTEN) {
		*fd = accept_connection(arrivals);
		/* Only now is the next one anybody's business: one wakes at a time. */
		(void)observe(arrivals, EPOLL_CTL_MOD, arrivals->listen_fd, EPOLLIN | EPOLLONESHOT,
		    KEY_LISTEN);
		return *fd < 0 ? ARRIVAL_NONE : ARRIVAL_NEW;
	}
	*fd = leave_place(arrivals, event.data.u32);
	return *fd < 0 ? ARRIVAL_NONE : ARRIVAL_KEPT;
}

enum arrival
arrivals_wait(struct arrivals *arrivals, int timeout_ms, int *fd)
{
	const int64_t until = clock_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;
	enum arrival arrival;

	*fd = -1;
	/* Where another process was quicker, or a stop broke the wait, the time is not over. */
	while ((arrival = take_event(arrivals, (int)left_ms, fd)) == ARRIVAL_NONE) {
		if (timeout_ms >= 0 && (left_ms = until - clock_ms()) <= 0)
			break;
	}
	return arrival;
}

/* Puts fd in a free place; false: there is none. */
static bool
take_place(struct arrivals *arrivals, int fd, uint32_t *i)
{
	bool is_free;

	(void)pthread_mutex_lock(&arrivals->mutex);
	for (*i = 0; *i < KEPT_MAX && arrivals->kept[*i].fd >= 0; )
		++*i;
	is_free = *i < KEPT_MAX && !arrivals->has_ended;
	if (is_free)
		arrivals->kept[*i] = (struct place){ fd, clock_ms() + KEPT_MS };
	(void)pthread_mutex_unlock(&arrivals->mutex);
	return is_free;
}

void
arrivals_keep(struct arrivals *arrivals, int fd)
{
	const uint32_t events = EPOLLIN | EPOLLONESHOT;
	uint32_t i;

	if (!take_place(arrivals, fd, &i)) {
		(void)close(fd);
		return;
	}
	/* It is known from the last time, unless this is the first. Another may have it at once. */
	if (observe(arrivals, EPOLL_CTL_MOD, fd, events, i) != 0 &&
	    observe(arrivals, EPOLL_CTL_ADD, fd, events, i) != 0)
		(void)close(leave_place(arrivals, i));
}

void
arrivals_look_after(struct arrivals *arrivals)
{
	const int64_t now = clock_ms();

	(void)pthread_mutex_lock(&arrivals->mutex);
	for (size_t i = 0; i < KEPT_MAX; i++) {
		/* It is closed by whoever finds the end of input there. */
		if (arrivals->kept[i].fd >= 0 && arrivals->kept[i].until <= now)
			(void)shutdown(arrivals->kept[i].fd, SHUT_RD);
	}
	(void)pthread_mutex_unlock(&arrivals->mutex);
}

void
arrivals_end(struct arrivals *arrivals)
{
	(void)pthread_mutex_lock(&arrivals->mutex);
	arrivals->has_ended = true;
	(void)pthread_mutex_unlock(&arrivals->mutex);
	(void)eventfd_write(arrivals->end_fd, 1);
}

enum arrival
arrivals_take_rest(struct arrivals *arrivals, int *fd)
{
	for (size_t i = 0; i < KEPT_MAX; i++) {
		if ((*fd = leave_place(arrivals, i)) < 0)
			continue;
		if (is_readable(*fd))
			return ARRIVAL_KEPT;
		(void)close(*fd);
	}
	*fd = accept_connection(arrivals);
	return *fd < 0 ? ARRIVAL_NONE : ARRIVAL_NEW;
}

void
arrivals_shut(struct arrivals *arrivals)
{
	if (arrivals->listen_fd >= 0)
		(void)close(arrivals->listen_fd);
	arrivals->listen_fd = -1;
}

void
arrivals_close(struct arrivals *arrivals)
{
	arrivals_shut(arrivals);
	for (size_t i = 0; i < KEPT_MAX; i++)
		if (arrivals->kept[i].fd >= 0)
			(void)close(arrivals->kept[i].fd);
	if (arrivals->epoll_fd >= 0)
		(void)close(arrivals->epoll_fd);
	if (arrivals->end_fd >= 0)
		(void)close(arrivals->end_fd);
	(void)pthread_mutex_destroy(&arrivals->mutex);
	free(arrivals);
}
