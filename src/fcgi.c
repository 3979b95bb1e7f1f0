/* fcgi: serves an endpoint over FastCGI, with several threads on one listening socket. */
#include "fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "watch.h"

enum {
	LISTEN_FD = 0,			/* FCGI_LISTENSOCK_FILENO */
	STACK_SIZE = 256 * 1024,
	IDLE_MS = 2000,			/* a kept connection that stays silent is dropped */
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted, on a kept connection */
	WATCH_MS = 500,			/* how late a passed deadline may be noticed */
	LAST_CONNECTIONS = 64,		/* a thread takes from the queue when it is time to go */
	LAST_ROUNDS = 8,		/* for what came while the last thread left */
};

struct worker {
	pthread_t thread;
	const struct endpoint *endpoint;	/* borrowed */
	struct service service;			/* owned */
	int stop_fd;				/* borrowed; readable when it is time to go */
	int wait_fd;				/* owned; epoll of stop_fd and LISTEN_FD */
	FCGX_Request request;
	struct watch watch;			/* over the connection it serves */
};

static void
set_timeout(int fd, int option, int64_t ms)
{
	/* Zero would mean "for ever". */
	const int64_t left = ms > 0 ? ms : 1;
	const struct timeval time = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time));
}

/* One byte, and then only what that brought along: so deadlines are looked at between any two. */
static long
read_ready(FCGX_Stream *in, char *data, size_t size)
{
	size_t ready;
	int first = FCGX_GetChar(in);

	if (first == EOF && FCGX_GetError(in) == 0)
		return 0;
	if (first == EOF)
		return abs(FCGX_GetError(in)) == EAGAIN ? WIRE_TOO_SLOW : WIRE_BROKEN;
	data[0] = (char)first;
	ready = (size_t)(in->stop - in->rdNext);
	if (ready > size - 1)
		ready = size - 1;
	return ready == 0 ? 1 : 1 + FCGX_GetStr(data + 1, (int)ready, in);
}

static long
fcgi_read(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct worker *worker = wire->handle;
	FCGX_Request *request = &worker->request;
	int64_t left = deadline - clock_ms();
	long got;

	if (left <= 0)
		return WIRE_TOO_SLOW;
	set_timeout(request->ipcFd, SO_RCVTIMEO, left);
	watch_arm(&worker->watch, deadline);
	got = read_ready(request->in, data, size);
	watch_disarm(&worker->watch);
	return got <= 0 && clock_ms() >= deadline ? WIRE_TOO_SLOW : got;
}

static bool
fcgi_write(struct wire *wire, const char *data, size_t len)
{
	FCGX_Request *request = &((struct worker *)wire->handle)->request;

	return FCGX_PutStr(data, (int)len, request->out) == (int)len &&
	    FCGX_GetError(request->out) == 0;
}

/* What is left of a body would be taken for the next request's: read it off, or give up. */
static bool
has_clean_end(struct wire *wire, int64_t deadline)
{
	char rest[4096];
	size_t total = 0;
	long got;

	while ((got = wire->read(wire, rest, sizeof(rest), deadline)) > 0)
		if ((total += (size_t)got) > LEFTOVER_MAX)
			return false;
	return got == 0;
}

static void
serve_request(struct worker *worker)
{
	struct wire wire = {
		.params = worker->request.envp,
		.is_authorizer = worker->request.role == FCGI_AUTHORIZER,
		.read = fcgi_read,
		.write = fcgi_write,
		.handle = worker,
	};
	const int64_t deadline = clock_ms() + worker->service.config->body_deadline;

	endpoint_serve(worker->endpoint, &worker->service, &wire);
	/* Some web servers send no stdin to an authorizer: there may be no end to wait for. */
	if (wire.is_authorizer)
		worker->request.keepConnection = 0;
	if (worker->request.keepConnection && !has_clean_end(&wire, deadline))
		worker->request.keepConnection = 0;
	/* Closing reads off what still comes, for as long as it comes. */
	watch_arm(&worker->watch, clock_ms() + worker->service.config->body_deadline);
	FCGX_Finish_r(&worker->request);
	watch_disarm(&worker->watch);
}

static bool
is_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll(&ready, 1, 0) > 0;
}

/*
 * Whether the web server sends another request on the connection that it keeps. While it does
 * not, the connection gives way to any other that waits.
 */
static bool
has_next_request(const struct worker *worker)
{
	struct pollfd ready[] = {
		{ .fd = worker->request.ipcFd, .events = POLLIN },
		{ .fd = worker->stop_fd, .events = POLLIN },
		{ .fd = LISTEN_FD, .events = POLLIN },
	};

	return poll(ready, 3, IDLE_MS) > 0 && ready[0].revents != 0;
}

/* Waits for the request up to its body. */
static bool
accept_request(struct worker *worker, int64_t timeout_ms)
{
	FCGX_Request *request = &worker->request;
	bool is_there;

	set_timeout(request->ipcFd, SO_RCVTIMEO, timeout_ms);
	watch_arm(&worker->watch, clock_ms() + timeout_ms);
	is_there = FCGX_Accept_r(request) == 0;
	watch_disarm(&worker->watch);
	return is_there;
}

static void
serve_connection(struct worker *worker, int fd)
{
	FCGX_Request *request = &worker->request;
	const int64_t timeout_ms = worker->service.config->body_deadline;

	/*
	 * With the descriptor in place the library takes it for a kept connection and does not
	 * accept one itself; it has no listening socket to try.
	 */
	request->ipcFd = fd;
	request->keepConnection = 1;
	set_timeout(fd, SO_SNDTIMEO, timeout_ms);
	watch_begin(&worker->watch, fd);
	do {
		if (!accept_request(worker, timeout_ms))
			break;
		serve_request(worker);
	} while (request->ipcFd >= 0 && has_next_request(worker));
	FCGX_Free(request, 1);
	watch_end(&worker->watch);
}

/* The next connection, or -1. */
static int
accept_connection(void)
{
	static const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
	int fd = accept4(LISTEN_FD, NULL, NULL, SOCK_CLOEXEC);

	/* Another thread or process may have been quicker. Anything else lasts: do not spin. */
	if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_event(LEVEL_ERROR, "cannot accept", LOG_TEXT("reason", strerror(errno)));
		(void)nanosleep(&pause, NULL);
	}
	return fd;
}

/* Those who wait in the queue already are still served: nobody else may be there to do it. */
static void
serve_queue(struct worker *worker)
{
	int fd;

	for (int i = 0; i < LAST_CONNECTIONS && (fd = accept_connection()) >= 0; i++)
		serve_connection(worker, fd);
}

static void *
work(void *arg)
{
	struct worker *worker = arg;
	struct epoll_event event;

	for (;;) {
		int fd;

		if (epoll_wait(worker->wait_fd, &event, 1, -1) < 0)
			continue;
		if (is_readable(worker->stop_fd))
			break;
		if ((fd = accept_connection()) >= 0)
			serve_connection(worker, fd);
	}
	serve_queue(worker);
	return NULL;
}

bool
fcgi_is_our_start(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 &&
	    listening != 0;
}

/* Watches the listening socket, waking one thread a connection, and the end. */
static int
open_wait(int stop_fd)
{
	struct epoll_event connection = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	struct epoll_event stop = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, LISTEN_FD, &connection) == 0 &&
	    epoll_ctl(fd, EPOLL_CTL_ADD, stop_fd, &stop) == 0)
		return fd;
	log_event(LEVEL_ERROR, "cannot watch the socket", LOG_TEXT("reason", strerror(errno)));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static void
worker_clear(struct worker *worker)
{
	service_close(&worker->service);
	if (worker->wait_fd >= 0)
		(void)close(worker->wait_fd);
}

static enum err
worker_init(struct worker *worker, const struct endpoint *endpoint, const struct config *config,
    struct hasher *hasher, int stop_fd)
{
	enum err err = service_open(config, endpoint->needs, hasher, &worker->service);

	worker->endpoint = endpoint;
	worker->stop_fd = stop_fd;
	worker->wait_fd = -1;
	watch_init(&worker->watch);
	if (err != ERR_OK)
		return err;
	if (FCGX_InitRequest(&worker->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0 ||
	    (worker->wait_fd = open_wait(stop_fd)) < 0) {
		worker_clear(worker);
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

/* A thread whose service opened; ERR_INTERNAL when the system has no thread to give. */
static enum err
worker_start(struct worker *worker)
{
	pthread_attr_t attr;
	int failure;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	failure = pthread_create(&worker->thread, &attr, work, worker);
	(void)pthread_attr_destroy(&attr);
	if (failure == 0)
		return ERR_OK;
	log_event(LEVEL_ERROR, "cannot start a thread", LOG_TEXT("reason", strerror(failure)));
	return ERR_INTERNAL;
}

static void
expire_all(struct worker *workers, long count)
{
	for (long i = 0; i < count; i++)
		watch_expire(&workers[i].watch);
}

/* Waits for the thread to finish what it does; deadlines go on counting for all. */
static void
join(pthread_t thread, struct worker *workers, long count)
{
	struct timespec until;

	do {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += 1;
		expire_all(workers, count);
	} while (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == ETIMEDOUT);
}

static void
stop_workers(struct worker *workers, long count, int stop_fd)
{
	(void)eventfd_write(stop_fd, 1);
	for (long i = 0; i < count; i++)
		join(workers[i].thread, workers, count);
	/*
	 * Closing resets what is still in the queue of a socket that no other process has, so it
	 * follows at once on finding that empty; clearing takes longer.
	 */
	for (int i = 0; i < LAST_ROUNDS && count > 0 && is_readable(LISTEN_FD); i++)
		if (worker_start(&workers[0]) == ERR_OK)
			join(workers[0].thread, workers, count);
	(void)close(LISTEN_FD);
	for (long i = 0; i < count; i++)
		worker_clear(&workers[i]);
}

/* Starts all of them, or none. */
static enum err
start_workers(struct worker *workers, const struct endpoint *endpoint,
    const struct config *config, struct hasher *hasher, int stop_fd)
{
	for (long i = 0; i < config->threads; i++) {
		enum err err = worker_init(&workers[i], endpoint, config, hasher, stop_fd);

		if (err == ERR_OK && (err = worker_start(&workers[i])) != ERR_OK)
			worker_clear(&workers[i]);
		if (err != ERR_OK) {
			stop_workers(workers, i, stop_fd);
			return err;
		}
	}
	return ERR_OK;
}

/* Every thread leaves the signals to wait_for_signal(), so that none cuts a system call short. */
static void
block_signals(sigset_t *stopping)
{
	sigset_t blocked;

	(void)sigemptyset(stopping);
	(void)sigaddset(stopping, SIGTERM);
	(void)sigaddset(stopping, SIGINT);
	(void)sigaddset(stopping, SIGHUP);
	(void)sigaddset(stopping, SIGUSR1);
	blocked = *stopping;
	(void)sigaddset(&blocked, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* Until one of them comes; meanwhile deadlines are looked after. */
static int
wait_for_signal(const sigset_t *stopping, struct worker *workers, long count)
{
	static const struct timespec pause = { .tv_nsec = WATCH_MS * 1000000 };
	int signal_number;

	while ((signal_number = sigtimedwait(stopping, NULL, &pause)) < 0)
		expire_all(workers, count);
	return signal_number;
}

int
fcgi_serve(const struct endpoint *endpoint, const struct config *config)
{
	struct worker *workers = calloc((size_t)config->threads, sizeof(*workers));
	struct hasher *hasher = NULL;	/* owned */
	int stop_fd = eventfd(0, EFD_CLOEXEC);
	sigset_t stopping;
	int signal_number, status = 1;
	enum err err = ERR_INTERNAL;

	if (workers == NULL || stop_fd < 0)
		goto out;
	block_signals(&stopping);
	/* Closing must not linger two seconds for a peer that has not closed yet. */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	(void)fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	if (FCGX_Init() != 0)
		goto out;
	if ((endpoint->needs & NEED_HASHING) && (err = hasher_open(config, &hasher)) != ERR_OK)
		goto out;
	if ((err = start_workers(workers, endpoint, config, hasher, stop_fd)) != ERR_OK)
		goto out;

	log_event(LEVEL_INFO, "started", LOG_NUMBER("threads", config->threads),
	    LOG_TEXT("state_dir", config->state_dir));
	signal_number = wait_for_signal(&stopping, workers, config->threads);
	stop_workers(workers, config->threads, stop_fd);
	log_event(LEVEL_INFO, "stopped", LOG_NUMBER("signal", signal_number));
	status = 0;
out:
	if (err != ERR_OK)
		log_event(LEVEL_ERROR, "cannot start", LOG_TEXT("reason", err_name(err)));
	hasher_close(hasher);
	if (stop_fd >= 0)
		(void)close(stop_fd);
	free(workers);
	return status;
}
