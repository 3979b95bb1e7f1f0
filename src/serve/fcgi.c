/* fcgi: serves a pool over FastCGI, with several threads on one listening socket. */
#include "serve/fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/deadlines.h"
#include "serve/descriptors.h"
#include "serve/worker_pool.h"

enum {
	LISTEN_FD = 0,			/* FCGI_LISTENSOCK_FILENO */
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted, on a kept connection */
	MAINTAIN_MS = 500,		/* how late a passed deadline may be noticed */
	SLACK_MS = 20,			/* how late a read may end */
	IDLE_MS = 5000,			/* until a thread that is not permanent ends */
	OWN_DESCRIPTORS = 64,		/* for database, keys, logs and what libraries open */
};

/* What one thread works with. */
struct worker {
	const struct fcgi *fcgi;	/* borrowed */
	FCGX_Request request;
	int fd;				/* the connection it serves */
	int64_t read_ms;		/* that a read from it may take */
};

struct fcgi {
	const struct pool *pool;	/* borrowed */
	struct service *service;	/* borrowed */
	struct deadlines *deadlines;	/* owned */
	struct connections *connections;	/* owned */
	struct worker *workers;		/* owned; as many as there may be threads */
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
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct worker *worker = wire->handle;
	FCGX_Request *request = &worker->request;
	int64_t left = deadline - clock_ms();
	long got;

	if (left <= 0)
		return WIRE_TOO_SLOW;
	if (worker->read_ms > left + SLACK_MS)
		limit_reads(worker, left);
	(void)deadlines_set(worker->fcgi->deadlines, worker->fd, deadline);
	got = read_ready(request->in, data, size);
	deadlines_clear(worker->fcgi->deadlines, worker->fd);
	return got <= 0 && clock_ms() >= deadline ? WIRE_TOO_SLOW : got;
}

static bool
write_answer(struct wire *wire, const char *data, size_t len)
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

/* How long a peer may take for what it has to send. */
static int64_t
patience_ms(const struct worker *worker)
{
	return worker->fcgi->service->config->body_deadline;
}

static void
serve_request(struct worker *worker)
{
	struct deadlines *deadlines = worker->fcgi->deadlines;
	struct wire wire = {
		.params = worker->request.envp,
		.is_authorizer = worker->request.role == FCGI_AUTHORIZER,
		.read = read_body,
		.write = write_answer,
		.handle = worker,
	};
	int64_t closing;

	endpoint_serve(worker->fcgi->pool->endpoints, worker->fcgi->service, &wire);
	/* Some web servers send no stdin to an authorizer: there may be no end to wait for. */
	if (wire.is_authorizer)
		worker->request.keepConnection = 0;
	if (worker->request.keepConnection &&
	    !has_clean_end(&wire, clock_ms() + patience_ms(worker)))
		worker->request.keepConnection = 0;
	/* Closing reads off what still comes, for as long as it comes. */
	closing = deadlines_set(deadlines, worker->fd, clock_ms() + patience_ms(worker));
	FCGX_Finish_r(&worker->request);
	/* Once it is closed, another thread may have a connection of that number. */
	deadlines_clear_own(deadlines, worker->fd, closing);
}

/* Waits for the request up to its body. */
static bool
accept_request(struct worker *worker)
{
	struct deadlines *deadlines = worker->fcgi->deadlines;
	const int64_t deadline = deadlines_set(deadlines, worker->fd,
	    clock_ms() + patience_ms(worker));
	const bool is_there = FCGX_Accept_r(&worker->request) == 0;

	/* The library closes what it cannot use; then the number may be another connection's. */
	deadlines_clear_own(deadlines, worker->fd, deadline);
	return is_there;
}

/* Serves one request; whether another may follow on the connection. */
static bool
serve_connection(void *arg, long number, enum connection connection, int fd)
{
	struct worker *worker = &((struct fcgi *)arg)->workers[number];
	FCGX_Request *request = &worker->request;
	bool is_kept = false;

	/*
	 * With the descriptor in place the library takes it for a kept connection and does not
	 * accept one itself; it has no listening socket to try.
	 */
	request->ipcFd = fd;
	request->keepConnection = 1;
	worker->fd = fd;
	/* One that was kept has them still. */
	worker->read_ms = patience_ms(worker);
	if (connection == CONNECTION_NEW) {
		limit_reads(worker, worker->read_ms);
		set_timeout(fd, SO_SNDTIMEO, worker->read_ms);
	}
	if (accept_request(worker)) {
		serve_request(worker);
		/* The library has closed it where it must be. */
		is_kept = request->ipcFd >= 0;
		if (is_kept && worker->read_ms < patience_ms(worker))
			limit_reads(worker, patience_ms(worker));
		request->ipcFd = -1;
	}
	FCGX_Free(request, 1);
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

/* Until one of them comes; meanwhile the pool is maintained. */
static int
wait_for_signal(const sigset_t *stopping, struct worker_pool *workers)
{
	static const struct timespec pause = { .tv_nsec = MAINTAIN_MS * 1000000 };
	int signal_number;

	while ((signal_number = sigtimedwait(stopping, NULL, &pause)) < 0)
		worker_pool_maintain(workers);
	return signal_number;
}

/*
 * Returns threads for all that may wait for a hash, and for some of those that are refused: a
 * refusal takes a moment, and longer the more of them there are.
 */
static long
threads_wanted(const struct service *service)
{
	const struct config *config = service->config;

	if (service->hasher == NULL)
		return config->threads;
	return config->threads + config->hash_waiting * 5 / 4;
}

/* Divides the descriptors, and says so once where they are fewer than wanted. */
static struct descriptors
plan_descriptors(const struct service *service)
{
	const long wanted = threads_wanted(service);
	const struct descriptors plan = descriptors_divide(wanted, OWN_DESCRIPTORS +
	    service->hash_workers);

	if (plan.threads < wanted)
		log_event(LEVEL_WARNING,
		    "fewer threads than wanted: raise the limit of open files",
		    LOG_NUMBER("threads", plan.threads), LOG_NUMBER("wanted", wanted),
		    LOG_NUMBER("open_files", plan.limit));
	return plan;
}

static enum err
prepare(struct fcgi *fcgi, const struct descriptors *plan)
{
	/* Each heap keeps a rest for itself; the C library would have eight a core. */
	(void)mallopt(M_ARENA_MAX, 2 * (int)sysconf(_SC_NPROCESSORS_ONLN));
	/* Closing must not linger two seconds for a peer that has not closed yet. */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 1);
	if (FCGX_Init() != 0)
		return ERR_INTERNAL;
	fcgi->workers = calloc((size_t)plan->threads, sizeof(*fcgi->workers));
	fcgi->deadlines = deadlines_new(plan->limit);
	if (fcgi->workers == NULL || fcgi->deadlines == NULL)
		return ERR_INTERNAL;
	for (long i = 0; i < plan->threads; i++) {
		fcgi->workers[i].fcgi = fcgi;
		if (FCGX_InitRequest(&fcgi->workers[i].request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
			return ERR_INTERNAL;
	}
	(void)fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	return connections_open(LISTEN_FD, plan->kept, fcgi->deadlines, &fcgi->connections);
}

int
fcgi_serve(const struct pool *pool, struct service *service)
{
	const struct descriptors plan = plan_descriptors(service);
	struct fcgi fcgi = { .pool = pool, .service = service };
	const struct worker_pool_plan work = {
		.permanent = service->config->threads < plan.threads ? service->config->threads
								     : plan.threads,
		.most = plan.threads,
		.idle_ms = IDLE_MS,
		.arg = &fcgi,
		.serve = serve_connection,
	};
	struct worker_pool *workers;	/* owned */
	sigset_t stopping;
	int signal_number;
	enum err err;

	block_signals(&stopping);
	if ((err = prepare(&fcgi, &plan)) != ERR_OK || (err = worker_pool_start(&work,
	    fcgi.connections, fcgi.deadlines, &workers)) != ERR_OK) {
		log_event(LEVEL_ERROR, "cannot start", LOG_TEXT("reason", err_name(err)));
		goto out;
	}
	log_event(LEVEL_INFO, "started", LOG_NUMBER("threads", work.permanent),
	    LOG_TEXT("state_dir", service->config->state_dir));
	signal_number = wait_for_signal(&stopping, workers);
	worker_pool_stop(workers);
	log_event(LEVEL_INFO, "stopped", LOG_NUMBER("signal", signal_number));
out:
	if (fcgi.connections != NULL)
		connections_close(fcgi.connections);
	deadlines_free(fcgi.deadlines);
	free(fcgi.workers);
	return err == ERR_OK ? 0 : 1;
}
