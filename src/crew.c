/* crew: the threads of a FastCGI process, on one listening socket. */
#include "crew.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum {
	STACK_SIZE = 256 * 1024,
	SPARE_MS = 5000,		/* a thread that is not lasting stays that long idle */
	LOOK_MS = 20,			/* between two looks at the end */
	LAST_CONNECTIONS = 64,		/* a thread takes from the queue when it is time to go */
	LAST_ROUNDS = 8,		/* for what came while the last thread left */
};

/* SEAT_LEFT: its thread has ended or is about to, and waits to be joined. */
enum seat_state { SEAT_FREE, SEAT_TAKEN, SEAT_LEFT };

struct seat {
	pthread_t thread;
	struct crew *crew;		/* borrowed */
	long number;
	enum seat_state state;		/* guarded by the crew's mutex */
	int wait_fd;			/* owned; epoll of the crew's stop_fd and the socket */
};

struct crew {
	const struct crew_duty *duty;	/* borrowed */
	int stop_fd;			/* owned; readable when it is time to go */
	pthread_mutex_t mutex;		/* over what follows, and the states */
	long idle;
	bool is_stopping;
	struct seat seats[];		/* duty->most of them */
};

static void
set_state(struct seat *seat, enum seat_state state)
{
	(void)pthread_mutex_lock(&seat->crew->mutex);
	seat->state = state;
	(void)pthread_mutex_unlock(&seat->crew->mutex);
}

static enum seat_state
get_state(struct seat *seat)
{
	enum seat_state state;

	(void)pthread_mutex_lock(&seat->crew->mutex);
	state = seat->state;
	(void)pthread_mutex_unlock(&seat->crew->mutex);
	return state;
}

static void
count_idle(struct crew *crew, int change)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->idle += change;
	(void)pthread_mutex_unlock(&crew->mutex);
}

/* Watches the listening socket, waking one thread a connection, and the end. */
static int
open_wait(const struct crew *crew)
{
	struct epoll_event connection = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event end = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, crew->duty->listen_fd, &connection) == 0 &&
	    epoll_ctl(fd, EPOLL_CTL_ADD, crew->stop_fd, &end) == 0)
		return fd;
	log_event(LEVEL_ERROR, "cannot watch the socket", LOG_TEXT("reason", strerror(errno)));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static enum err
start_thread(struct seat *seat, void *(*work)(void *))
{
	pthread_attr_t attr;
	int failure;

	if ((seat->wait_fd = open_wait(seat->crew)) < 0)
		return ERR_INTERNAL;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	failure = pthread_create(&seat->thread, &attr, work, seat);
	(void)pthread_attr_destroy(&attr);
	if (failure == 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot start a thread", LOG_TEXT("reason", strerror(failure)));
	(void)close(seat->wait_fd);
	return ERR_INTERNAL;
}

/* Opens and starts the thread of a seat that is taken already; on failure it is free again. */
static enum err
fill(struct seat *seat, void *(*work)(void *))
{
	const struct crew_duty *duty = seat->crew->duty;
	enum err err = duty->open(duty->arg, seat->number);

	if (err == ERR_OK && (err = start_thread(seat, work)) != ERR_OK)
		duty->close(duty->arg, seat->number);
	if (err != ERR_OK)
		set_state(seat, SEAT_FREE);
	return err;
}

/* Takes a free seat; NULL while somebody is idle, and when there is none. */
static struct seat *
take_seat(struct crew *crew)
{
	struct seat *seat = NULL;

	(void)pthread_mutex_lock(&crew->mutex);
	if (crew->idle == 0 && !crew->is_stopping)
		for (long i = 0; i < crew->duty->most && seat == NULL; i++)
			if (crew->seats[i].state == SEAT_FREE)
				seat = &crew->seats[i];
	if (seat != NULL)
		seat->state = SEAT_TAKEN;
	(void)pthread_mutex_unlock(&crew->mutex);
	return seat;
}

/* The next connection, or -1. */
static int
accept_connection(const struct crew *crew)
{
	static const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = accept4(crew->duty->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	/* Another thread or process may have been quicker. Anything else lasts: do not spin. */
	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_event(LEVEL_ERROR, "cannot accept", LOG_TEXT("reason", strerror(errno)));
		(void)nanosleep(&pause, NULL);
	}
	return fd;
}

/* Those who wait in the queue already are still served: nobody else may be there to do it. */
static void
serve_queue(const struct seat *seat)
{
	const struct crew_duty *duty = seat->crew->duty;
	int fd;

	for (int i = 0; i < LAST_CONNECTIONS && (fd = accept_connection(seat->crew)) >= 0; i++)
		duty->serve(duty->arg, seat->number, fd);
}

static bool
is_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

/* Waits for a connection or the end; 0: there was neither for long. */
static int
wait_for_event(const struct seat *seat)
{
	struct crew *crew = seat->crew;
	struct epoll_event event;
	int count;

	count_idle(crew, 1);
	count = epoll_wait(seat->wait_fd, &event, 1,
	    seat->number < crew->duty->lasting ? -1 : SPARE_MS);
	count_idle(crew, -1);
	return count;
}

static void *
work(void *arg)
{
	struct seat *seat = arg, *next;
	struct crew *crew = seat->crew;
	int count, fd;
	enum err err;

	while ((count = wait_for_event(seat)) != 0) {
		if (count < 0)
			continue;
		if (is_readable(crew->stop_fd)) {
			serve_queue(seat);
			break;
		}
		if ((fd = accept_connection(crew)) < 0)
			continue;
		/* See first that somebody is there for the next; without, it has to wait. */
		if ((next = take_seat(crew)) != NULL && (err = fill(next, work)) != ERR_OK)
			log_event(LEVEL_WARNING, "one thread less than would be of use",
			    LOG_TEXT("reason", err_name(err)));
		crew->duty->serve(crew->duty->arg, seat->number, fd);
	}
	set_state(seat, SEAT_LEFT);
	return NULL;
}

static void
clear(struct seat *seat)
{
	const struct crew_duty *duty = seat->crew->duty;

	(void)pthread_join(seat->thread, NULL);
	(void)close(seat->wait_fd);
	duty->close(duty->arg, seat->number);
	set_state(seat, SEAT_FREE);
}

void
crew_look_after(struct crew *crew)
{
	bool has_cleared = false;

	crew->duty->look(crew->duty->arg);
	for (long i = 0; i < crew->duty->most; i++) {
		if (get_state(&crew->seats[i]) == SEAT_LEFT) {
			clear(&crew->seats[i]);
			has_cleared = true;
		}
	}
	/* What so many needed for a while is of use to others now. */
	if (has_cleared)
		(void)malloc_trim(0);
}

static bool
is_empty(struct crew *crew)
{
	for (long i = 0; i < crew->duty->most; i++)
		if (get_state(&crew->seats[i]) != SEAT_FREE)
			return false;
	return true;
}

static void
wait_until_empty(struct crew *crew)
{
	static const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };

	for (crew_look_after(crew); !is_empty(crew); crew_look_after(crew))
		(void)nanosleep(&pause, NULL);
}

/* Tells all to go, and waits until they have. */
static void
send_home(struct crew *crew)
{
	(void)pthread_mutex_lock(&crew->mutex);
	crew->is_stopping = true;
	(void)pthread_mutex_unlock(&crew->mutex);
	(void)eventfd_write(crew->stop_fd, 1);
	wait_until_empty(crew);
}

static void
crew_free(struct crew *crew)
{
	(void)pthread_mutex_destroy(&crew->mutex);
	if (crew->stop_fd >= 0)
		(void)close(crew->stop_fd);
	free(crew);
}

void
crew_stop(struct crew *crew)
{
	const int listen_fd = crew->duty->listen_fd;

	send_home(crew);
	/*
	 * Closing resets what is still in the queue of a socket that no other process has, so it
	 * follows at once on finding that empty.
	 */
	for (int i = 0; i < LAST_ROUNDS && is_readable(listen_fd); i++) {
		set_state(&crew->seats[0], SEAT_TAKEN);
		if (fill(&crew->seats[0], work) == ERR_OK)
			wait_until_empty(crew);
	}
	(void)close(listen_fd);
	crew_free(crew);
}

enum err
crew_start(const struct crew_duty *duty, struct crew **result)
{
	struct crew *crew = calloc(1, sizeof(*crew) + (size_t)duty->most * sizeof(crew->seats[0]));
	enum err err = ERR_OK;

	*result = crew;
	if (crew == NULL)
		return ERR_INTERNAL;
	crew->duty = duty;
	(void)pthread_mutex_init(&crew->mutex, NULL);
	for (long i = 0; i < duty->most; i++) {
		crew->seats[i].crew = crew;
		crew->seats[i].number = i;
		/* All at once: the first may be so busy that it looks for a free seat itself. */
		crew->seats[i].state = i < duty->lasting ? SEAT_TAKEN : SEAT_FREE;
	}
	if ((crew->stop_fd = eventfd(0, EFD_CLOEXEC)) < 0)
		err = ERR_INTERNAL;
	for (long i = 0; i < duty->lasting; i++) {
		if (err != ERR_OK)
			set_state(&crew->seats[i], SEAT_FREE);
		else
			err = fill(&crew->seats[i], work);
	}
	if (err == ERR_OK)
		return ERR_OK;
	send_home(crew);
	crew_free(crew);
	*result = NULL;
	return err;
}

bool
crew_wait(const struct crew *crew, int fd, int timeout_ms)
{
	struct pollfd ready[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = crew->stop_fd, .events = POLLIN },
		{ .fd = crew->duty->listen_fd, .events = POLLIN },
	};

	return poll(ready, 3, timeout_ms) > 0 && ready[0].revents != 0;
}
