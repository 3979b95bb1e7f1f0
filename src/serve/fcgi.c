/* fcgi: serves a pool over FastCGI, with several threads on one listening socket. */
#include "serve/fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/deadlines.h"
#include "serve/descriptors.h"
#include "serve/fcgi_input.h"
#include "serve/worker_pool.h"

enum {
	LISTEN_FD = 0,			/* FCGI_LISTENSOCK_FILENO */
	LEFTOVER_MAX = 64 * 1024,	/* of a body nobody wanted, on a kept connection */
	MAINTAIN_MS = 500,		/* how late a passed deadline may be noticed */
	PREFACES = 8,			/* so that few threads wait for one another */
	IDLE_MS = 5000,			/* until a thread that is not permanent ends */
	OWN_DESCRIPTORS = 64,		/* for database, keys, logs and what libraries open */
	SILENT_MS_MIN = 2000,	/* that a web server may take between connecting and writing */
};

#define STUCK "no request comes to an end"

/* A file of what libfcgi reads before an answer, for one thread at a time. */
struct preface {
	pthread_mutex_t mutex;
	int fd;				/* owned */
};

/* What one thread works with. */
struct worker {
	const struct fcgi *fcgi;	/* borrowed */
	int fd;				/* the connection it serves */
	struct fcgi_input *input;	/* borrowed from its stack */
	FCGX_Request request;
};

struct fcgi {
	const struct pool *pool;	/* borrowed */
	struct service *service;	/* borrowed */
	const struct peers *peers;	/* borrowed */
	struct deadlines *deadlines;	/* owned */
	struct connections *connections;	/* owned */
	struct worker *workers;		/* owned; as many as there may be threads */
	struct preface prefaces[PREFACES];
};

static void
limit_writes(int fd, int64_t ms)
{
	/* Zero would mean "for ever". */
	const int64_t left = ms > 0 ? ms : 1;
	const struct timeval time = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* Waits until there is something to read; 1, or WIRE_*. */
static long
wait_for_input(int fd, int64_t deadline)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	const int64_t left = deadline - clock_ms();

	if (left <= 0)
		return WIRE_TOO_SLOW;
	return poll(&input, 1, (int)left) < 0 && errno != EINTR ? WIRE_BROKEN : 1;
}

static long
read_connection(void *arg, void *data, size_t size, int64_t deadline)
{
	const struct worker *worker = arg;
	long waited = clock_ms() >= deadline ? WIRE_TOO_SLOW : 1;
	ssize_t got;

	while (waited > 0) {
		if ((got = recv(worker->fd, data, size, MSG_DONTWAIT)) >= 0)
			return got;
		if (errno != EAGAIN && errno != EINTR)
			return WIRE_BROKEN;
		waited = wait_for_input(worker->fd, deadline);
	}
	return waited;
}

static long
read_body(struct wire *wire, char *data, size_t size, int64_t deadline)
{
	struct worker *worker = wire->handle;

	return fcgi_input_read(worker->input, data, size, deadline);
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
	const struct worker *worker = wire->handle;
	char rest[4096];
	size_t total = 0;
	long got;

	while ((got = wire->read(wire, rest, sizeof(rest), deadline)) > 0)
		if ((total += (size_t)got) > LEFTOVER_MAX)
			return false;
	return got == 0 && fcgi_input_is_spent(worker->input);
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
		.params = worker->input->params,
		.is_authorizer = worker->input->is_authorizer,
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

/*
 * The library writes answers, and reads nothing that comes from outside: it trusts each length,
 * and one of 2 GiB makes it end the process. It begins a request when it has read one, so it
 * reads one from a file, which is always the same, and then gets the connection to answer to.
 */
static bool
begin_answer(struct worker *worker, struct preface *preface)
{
	FCGX_Request *request = &worker->request;
	bool has_begun = false;

	(void)pthread_mutex_lock(&preface->mutex);
	if (preface->fd >= 0 && lseek(preface->fd, 0, SEEK_SET) == 0) {
		/* With a descriptor in place it does not accept one itself. */
		request->ipcFd = preface->fd;
		request->keepConnection = 1;
		has_begun = FCGX_Accept_r(request) == 0;
		/* It closes what it cannot read. */
		if (!has_begun)
			preface->fd = -1;
	}
	(void)pthread_mutex_unlock(&preface->mutex);
	request->ipcFd = worker->fd;
	request->requestId = worker->input->request_id;
	request->keepConnection = worker->input->is_kept;
	return has_begun;
}

/* Says what was not in order; a peer that is gone or slow is no matter. */
static void
refuse(const struct worker *worker)
{
	const char *fault = worker->input->fault;

	if (fault != NULL)
		log_event(LEVEL_WARNING, "refused a malformed request",
		    LOG_TEXT("reason", fault));
	(void)close(worker->fd);
}

/* Serves one request; whether another may follow on the connection. */
static bool
serve_connection(void *arg, long number, enum connection connection, int fd)
{
	struct fcgi *fcgi = arg;
	struct worker *worker = &fcgi->workers[number];
	const struct fcgi_source source = { read_connection, worker };
	FCGX_Request *request = &worker->request;
	struct fcgi_input input;
	bool is_kept = false;

	worker->fd = fd;
	worker->input = &input;
	if (connection == CONNECTION_NEW)
		limit_writes(fd, patience_ms(worker));
	if (fcgi_input_begin(&input, &source, clock_ms() + patience_ms(worker)) > 0 &&
	    begin_answer(worker, &fcgi->prefaces[number % PREFACES])) {
		serve_request(worker);
		/* The library has closed it where it must be. */
		is_kept = request->ipcFd >= 0;
	} else {
		refuse(worker);
	}
	request->ipcFd = -1;
	fcgi_input_clear(&input);
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

enum err
fcgi_find_peers(const struct config *config, struct peers *peers)
{
	return peers_find(LISTEN_FD, config->web_server_user, peers);
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

/*
 * Returns how long all threads may be busy without a step, twice as much as one takes that waits
 * for whatever it may wait for.
 */
static int64_t
patience_with_threads(const struct config *config)
{
	return 2 * (2 * (int64_t)config->body_deadline + config->hash_wait + config->storage_wait);
}

static void
tell_supervisor(struct supervisor *supervisor, const struct worker_pool *workers,
    int64_t patience_ms, bool *is_well)
{
	const bool was_well = *is_well;

	*is_well = !worker_pool_is_stuck(workers, patience_ms);
	if (*is_well)
		supervisor_say_well(supervisor);
	if (*is_well != was_well)
		supervisor_say(supervisor, *is_well ? "serving" : STUCK);
	if (was_well && !*is_well)
		log_event(LEVEL_ERROR, STUCK, LOG_NUMBER("milliseconds", patience_ms));
}

/* Until one of them comes; meanwhile the pool is maintained. */
static int
wait_for_signal(const sigset_t *stopping, struct worker_pool *workers, int64_t patience_ms,
    struct supervisor *supervisor)
{
	static const struct timespec pause = { .tv_nsec = MAINTAIN_MS * 1000000 };
	bool is_well = true;
	int signal_number;

	while ((signal_number = sigtimedwait(stopping, NULL, &pause)) < 0) {
		worker_pool_maintain(workers);
		log_maintain();
		tell_supervisor(supervisor, workers, patience_ms, &is_well);
	}
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
	const struct config *config = service->config;
	const long wanted = threads_wanted(service);
	/* Of each connection to a PostgreSQL, and of the one that is to take its place. */
	const long connections = *config->database == '\0' ? 0 : 2 * config->database_connections;
	const struct descriptors plan = descriptors_divide(wanted, OWN_DESCRIPTORS +
	    service->hash_workers + connections);

	if (plan.threads < wanted)
		log_event(LEVEL_WARNING,
		    "too few descriptors: raise the limit of open files",
		    LOG_NUMBER("threads", plan.threads), LOG_NUMBER("wanted", wanted),
		    LOG_NUMBER("open_files", plan.limit));
	return plan;
}

static enum err
open_prefaces(struct preface *prefaces)
{
	static const unsigned char request[] = {
		FCGI_VERSION_1, FCGI_BEGIN_REQUEST, 0, 1, 0, 8, 0, 0,
		0, FCGI_RESPONDER, FCGI_KEEP_CONN, 0, 0, 0, 0, 0,
		FCGI_VERSION_1, FCGI_PARAMS, 0, 1, 0, 0, 0, 0,
	};

	for (int i = 0; i < PREFACES; i++) {
		(void)pthread_mutex_init(&prefaces[i].mutex, NULL);
		prefaces[i].fd = memfd_create("preface", MFD_CLOEXEC);
		if (write(prefaces[i].fd, request, sizeof(request)) != (ssize_t)sizeof(request)) {
			log_event(LEVEL_ERROR, "cannot make a file in memory",
			    LOG_TEXT("reason", strerror(errno)));
			return ERR_INTERNAL;
		}
	}
	return ERR_OK;
}

static void
close_prefaces(struct preface *prefaces)
{
	for (int i = 0; i < PREFACES; i++)
		if (prefaces[i].fd >= 0)
			(void)close(prefaces[i].fd);
}

static enum err
prepare(struct fcgi *fcgi, const struct descriptors *plan)
{
	const long deadline = fcgi->service->config->body_deadline;
	const struct connections_plan waiting = {
		.kept_max = plan->kept,
		.silent_max = plan->silent,
		.silent_ms = deadline > SILENT_MS_MIN ? deadline : SILENT_MS_MIN,
		.peers = fcgi->peers,
	};
	enum err err;

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
	if ((err = open_prefaces(fcgi->prefaces)) != ERR_OK)
		return err;
	(void)fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	return connections_open(LISTEN_FD, &waiting, fcgi->deadlines, &fcgi->connections);
}

int
fcgi_serve(const struct pool *pool, struct service *service, const struct peers *peers,
    struct supervisor *supervisor)
{
	const struct descriptors plan = plan_descriptors(service);
	struct fcgi fcgi = { .pool = pool, .service = service, .peers = peers };
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

	for (int i = 0; i < PREFACES; i++)
		fcgi.prefaces[i].fd = -1;
	block_signals(&stopping);
	if ((err = prepare(&fcgi, &plan)) != ERR_OK || (err = worker_pool_start(&work,
	    fcgi.connections, fcgi.deadlines, &workers)) != ERR_OK) {
		log_event(LEVEL_ERROR, "cannot start", LOG_TEXT("reason", err_name(err)));
		goto out;
	}
	log_event(LEVEL_INFO, "started", LOG_NUMBER("threads", work.permanent),
	    LOG_TEXT("state_dir", service->config->state_dir));
	supervisor_say_ready(supervisor, "serving");
	signal_number = wait_for_signal(&stopping, workers,
	    patience_with_threads(service->config), supervisor);
	supervisor_say_stopping(supervisor, "finishes what was accepted");
	worker_pool_stop(workers);
	log_event(LEVEL_INFO, "stopped", LOG_NUMBER("signal", signal_number));
out:
	if (fcgi.connections != NULL)
		connections_close(fcgi.connections);
	deadlines_free(fcgi.deadlines);
	close_prefaces(fcgi.prefaces);
	free(fcgi.workers);
	return err == ERR_OK ? 0 : 1;
}
