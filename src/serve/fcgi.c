/* fcgi: serves an endpoint over FastCGI, with several threads on one listening socket. */
#include "serve/fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/deadline.h"
#include "serve/memory.h"
#include "serve/worker_pool.h"

enum {
	LISTEN_FD = 0,			/* FCGI_LISTENSOCK_FILENO */
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted, on a kept connection */
	WATCH_MS = 500,			/* how late a passed deadline may be noticed */
	SLACK_MS = 20,			/* how late a read may end */
};

/* What one thread works with. */
struct worker {
	const struct fcgi *fcgi;		/* borrowed */
	struct service service;			/* owned */
	FCGX_Request request;
	struct watch watch;			/* over the connection it serves */
	int64_t read_ms;			/* that a read from it may take */
};

struct fcgi {
	const struct endpoint *endpoint;	/* borrowed */
	const struct config *config;		/* borrowed */
	struct hasher *hasher;			/* owned; NULL where nothing is hashed */
	struct token_cache *tokens;		/* owned; NULL where none are verified */
	struct worker *workers;			/* owned; as many as there may be threads */
	struct crew *crew;			/* owned */
};

static void
set_timeout(int fd, int option, int64_t ms)
{
	/* Zero would mean "for ever". */
	const int64_t left = ms > 0 ? ms : 1;
	const struct timeval time = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time));
}

static void
limit_reads(struct worker *worker, int64_t ms)
{
	set_timeout(worker->request.ipcFd, SO_RCVTIMEO, ms);
	worker->read_ms = ms;
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
	if (worker->read_ms > left + SLACK_MS)
		limit_reads(worker, left);
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

	endpoint_serve(worker->fcgi->endpoint, &worker->service, &wire);
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

/* Waits for the request up to its body. */
static bool
accept_request(struct worker *worker)
{
	bool is_there;

	watch_arm(&worker->watch, clock_ms() + worker->service.config->body_deadline);
	is_there = FCGX_Accept_r(&worker->request) == 0;
	watch_disarm(&worker->watch);
	return is_there;
}

/* Serves one request; whether another may follow on the connection. */
static bool
serve_connection(void *arg, long seat, enum arrival arrival, int fd)
{
	struct worker *worker = &((struct fcgi *)arg)->workers[seat];
	const int64_t timeout_ms = worker->service.config->body_deadline;
	FCGX_Request *request = &worker->request;
	bool is_kept = false;

	/*
	 * With the descriptor in place the library takes it for a kept connection and does not
	 * accept one itself; it has no listening socket to try.
	 */
	request->ipcFd = fd;
	request->keepConnection = 1;
	/* One that was kept has them still. */
	worker->read_ms = timeout_ms;
	if (arrival == ARRIVAL_NEW) {
		limit_reads(worker, timeout_ms);
		set_timeout(fd, SO_SNDTIMEO, timeout_ms);
	}
	watch_begin(&worker->watch, fd);
	if (accept_request(worker)) {
		serve_request(worker);
		/* The library has closed it where it must be. */
		is_kept = request->ipcFd >= 0;
		if (is_kept && worker->read_ms < timeout_ms)
			limit_reads(worker, timeout_ms);
		request->ipcFd = -1;
	}
	FCGX_Free(request, 1);
	watch_end(&worker->watch);
	return is_kept;
}

bool
fcgi_is_our_start(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 &&
	    listening != 0;
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

/* Until one of them comes; meanwhile threads and deadlines are looked after. */
static int
wait_for_signal(const sigset_t *stopping, struct crew *crew)
{
	static const struct timespec pause = { .tv_nsec = WATCH_MS * 1000000 };
	int signal_number;

	while ((signal_number = sigtimedwait(stopping, NULL, &pause)) < 0)
		crew_look_after(crew);
	return signal_number;
}

static enum err
open_worker(void *arg, long seat)
{
	struct fcgi *fcgi = arg;
	struct worker *worker = &fcgi->workers[seat];
	enum err err = service_open(fcgi->config, fcgi->endpoint->needs, fcgi->hasher,
	    fcgi->tokens, &worker->service);

	if (err == ERR_OK &&
	    FCGX_InitRequest(&worker->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		service_close(&worker->service);
		return ERR_INTERNAL;
	}
	return err;
}

static void
close_worker(void *arg, long seat)
{
	service_close(&((struct fcgi *)arg)->workers[seat].service);
}

/*
 * For all that may wait for a hash; and some for those that are refused, who are slowed down by
 * it the more of them there are.
 */
static long
most_threads(const struct fcgi *fcgi)
{
	if (fcgi->endpoint->needs & NEED_HASHING)
		return fcgi->config->threads + fcgi->config->hash_waiting * 5 / 4;
	return fcgi->config->threads;
}

static void
expire_all(void *arg)
{
	struct fcgi *fcgi = arg;

	for (long i = 0; i < most_threads(fcgi); i++)
		watch_expire(&fcgi->workers[i].watch);
}

static enum err
prepare(struct fcgi *fcgi)
{
	const long most = most_threads(fcgi);

	if ((fcgi->workers = calloc((size_t)most, sizeof(*fcgi->workers))) == NULL)
		return ERR_INTERNAL;
	for (long i = 0; i < most; i++) {
		fcgi->workers[i].fcgi = fcgi;
		watch_init(&fcgi->workers[i].watch);
	}
	/* Closing must not linger two seconds for a peer that has not closed yet. */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	(void)fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	memory_prepare();
	if (FCGX_Init() != 0)
		return ERR_INTERNAL;
	if (fcgi->endpoint->needs & (NEED_KEYS | NEED_CALLER))
		fcgi->tokens = token_cache_new();
	if (fcgi->endpoint->needs & NEED_HASHING)
		return hasher_open(fcgi->config, &fcgi->hasher);
	return ERR_OK;
}

int
fcgi_serve(const struct endpoint *endpoint, const struct config *config)
{
	struct fcgi fcgi = { .endpoint = endpoint, .config = config };
	const struct crew_duty duty = {
		.listen_fd = LISTEN_FD,
		.lasting = config->threads,
		.most = most_threads(&fcgi),
		.arg = &fcgi,
		.open = open_worker,
		.serve = serve_connection,
		.close = close_worker,
		.look = expire_all,
	};
	sigset_t stopping;
	int signal_number;
	enum err err;

	block_signals(&stopping);
	if ((err = prepare(&fcgi)) != ERR_OK || (err = crew_start(&duty, &fcgi.crew)) != ERR_OK) {
		log_event(LEVEL_ERROR, "cannot start", LOG_TEXT("reason", err_name(err)));
		goto out;
	}
	log_event(LEVEL_INFO, "started", LOG_NUMBER("threads", config->threads),
	    LOG_TEXT("state_dir", config->state_dir));
	signal_number = wait_for_signal(&stopping, fcgi.crew);
	crew_stop(fcgi.crew);
	log_event(LEVEL_INFO, "stopped", LOG_NUMBER("signal", signal_number));
out:
	hasher_close(fcgi.hasher);
	token_cache_free(fcgi.tokens);
	free(fcgi.workers);
	return err == ERR_OK ? 0 : 1;
}
