/* server: a process that serves a pool on one listening socket, with several threads. */
#include "serve/server.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/host.h"
#include "base/log.h"
#include "serve/awake.h"
#include "serve/deadlines.h"
#include "serve/descriptors.h"
#include "serve/exchange.h"
#include "serve/fcgi.h"
#include "serve/http.h"
#include "serve/stream.h"
#include "serve/worker_pool.h"

enum {
	LISTEN_FD = 0,			/* FCGI_LISTENSOCK_FILENO */
	MAINTAIN_MS = 500,		/* how late a passed deadline may be noticed */
	IDLE_MS = 5000,			/* until a thread that is not permanent ends */
	OWN_DESCRIPTORS = 64,		/* for database, keys, logs and what libraries open */
	SILENT_MS_MIN = 2000,	/* that a web server may take between connecting and writing */
};

#define STUCK "no request comes to an end"

struct server {
	const struct pool *pool;	/* borrowed */
	struct service *service;	/* borrowed */
	const struct server_host *host;	/* borrowed */
	struct deadlines *deadlines;	/* owned */
	struct connections *connections;	/* owned */
	struct awake *awake;		/* owned; NULL: every thread is awake */
	struct fcgi *fcgi;		/* owned */
	atomic_bool *speaks_http;	/* owned; by descriptor; NULL: no connection does */
};

/*
 * The first byte of a connection decides for all of it: FastCGI's is 1, a method's is a letter. It
 * may not have come yet: a process that ends takes what it finds in the socket's queue.
 */
static void
note_protocol(const struct server *server, int fd, int64_t deadline)
{
	const int byte = stream_peek(fd, deadline);

	server->speaks_http[fd] = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* Serves one request; whether another may follow on the connection. */
static bool
serve_connection(void *arg, long worker, enum connection connection, int fd)
{
	struct server *server = arg;
	const struct exchange exchange = {
		.pool = server->pool,
		.service = server->service,
		.deadlines = server->deadlines,
		.awake = server->awake,
		.worker = worker,
		.fd = fd,
		.patience_ms = server->service->config->body_deadline,
	};

	if (connection == CONNECTION_NEW)
		stream_limit_writes(fd, exchange.patience_ms);
	if (server->speaks_http != NULL) {
		if (connection == CONNECTION_NEW)
			note_protocol(server, fd, clock_ms() + exchange.patience_ms);
		if (server->speaks_http[fd])
			return http_serve(&exchange);
	}
	return fcgi_serve(server->fcgi, &exchange);
}

bool
server_is_our_start(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	return getsockopt(LISTEN_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 &&
	    listening != 0;
}

void
server_widen_queue(void)
{
	/* The kernel takes net.core.somaxconn where that is less. */
	(void)listen(LISTEN_FD, INT_MAX);
}

enum err
server_find_host(const struct config *config, struct server_host *host)
{
	struct host_limit processors;

	host_find_processors("", &processors);
	/* One thread alone may have to wait for its core. */
	host->cores = processors.amount > 2 ? (long)processors.amount : 2;
	return peers_find(LISTEN_FD, config->web_server_user, &host->peers);
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
 * Returns threads for all that may wait for a hash, and for as many that are refused: a refusal
 * takes a moment, and longer the more of them there are. Once no thread is left, new requests
 * wait behind those that are refused; so one network with some hundreds of connections must not
 * come to that. Where no hash is waited for, the cores are to be busy, however few threads may
 * wait for slow peers.
 */
static long
threads_wanted(const struct service *service, long cores)
{
	const struct config *config = service->config;

	if (service->hasher == NULL)
		return config->threads > cores ? config->threads : cores;
	return config->threads + 2 * config->hash_waiting;
}

/*
 * A thread that asks a PostgreSQL sleeps for a while each time, and so does one that waits for a
 * hash; the others are awake only as far as there are cores.
 */
static bool
may_be_few(const struct server *server, const struct worker_pool_plan *work)
{
	return server->service->hasher == NULL && *server->service->config->database == '\0' &&
	    work->permanent > server->host->cores;
}

/* Divides the descriptors, and says so once where they are fewer than wanted. */
static struct descriptors
plan_descriptors(const struct service *service, long cores)
{
	const struct config *config = service->config;
	const long wanted = threads_wanted(service, cores);
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

static struct worker_pool_plan
plan_work(struct server *server, const struct descriptors *plan)
{
	const bool is_hashing = server->service->hasher != NULL;
	const long threads = server->service->config->threads;

	return (struct worker_pool_plan){
		.permanent = is_hashing && threads < plan->threads ? threads : plan->threads,
		.most = plan->threads,
		.idle_ms = IDLE_MS,
		.arg = server,
		.serve = serve_connection,
	};
}

static enum err
prepare(struct server *server, const struct descriptors *plan, struct worker_pool_plan *work)
{
	const long deadline = server->service->config->body_deadline;
	const struct connections_plan waiting = {
		.kept_max = plan->kept,
		.silent_max = plan->silent,
		.silent_ms = deadline > SILENT_MS_MIN ? deadline : SILENT_MS_MIN,
		.peers = &server->host->peers,
	};
	enum err err;

	/* Each heap keeps a rest for itself; the C library would have eight a core. */
	(void)mallopt(M_ARENA_MAX, 2 * (int)sysconf(_SC_NPROCESSORS_ONLN));
	if ((err = fcgi_open(plan->threads, &server->fcgi)) != ERR_OK)
		return err;
	if ((server->deadlines = deadlines_new(plan->limit)) == NULL)
		return ERR_INTERNAL;
	if (server->pool->takes_http && (server->speaks_http = calloc((size_t)plan->limit,
	    sizeof(server->speaks_http[0]))) == NULL)
		return ERR_INTERNAL;
	if (may_be_few(server, work)) {
		if ((server->awake = awake_new(work->permanent,
		    server->host->cores)) == NULL)
			return ERR_INTERNAL;
		work->awake = server->awake;
	}
	(void)fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	return connections_open(LISTEN_FD, &waiting, server->deadlines, &server->connections);
}

int
server_run(const struct pool *pool, struct service *service, const struct server_host *host,
    struct supervisor *supervisor)
{
	const struct descriptors plan = plan_descriptors(service, host->cores);
	struct server server = { .pool = pool, .service = service, .host = host };
	struct worker_pool_plan work = plan_work(&server, &plan);
	struct worker_pool *workers;	/* owned */
	sigset_t stopping;
	int signal_number;
	enum err err;

	block_signals(&stopping);
	if ((err = prepare(&server, &plan, &work)) != ERR_OK || (err = worker_pool_start(&work,
	    server.connections, server.deadlines, &workers)) != ERR_OK) {
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
	if (server.connections != NULL)
		connections_close(server.connections);
	awake_free(server.awake);
	deadlines_free(server.deadlines);
	fcgi_close(server.fcgi);
	free(server.speaks_http);
	return err == ERR_OK ? 0 : 1;
}
